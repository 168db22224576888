import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { GivenCredentials } from '../../main/api/models.ts'
import { StrataError } from '../../main/support/errors.ts'
import { protect } from '../../main/support/redact.ts'

export interface LoginOptions {
  readonly username?: string
  readonly passwordStdin?: boolean
  readonly tokenStdin?: boolean
}

/**
 * The login that the options of a command ask for; undefined when they name none. A secret never stands on the command line, where
 * every user of the machine could read it: it comes from standard input, on a terminal by a prompt without an echo.
 * Throws `usage` when standard input is empty, and `cancelled` for Ctrl-C at the prompt.
 */
export async function readCredentials(options: LoginOptions, command: string): Promise<GivenCredentials | undefined> {
  if (options.tokenStdin) return { token: await readSecret('token', 'Token: ', command) }
  if (options.username === undefined) {
    if (!options.passwordStdin) return undefined
    throw new StrataError('usage', '--password-stdin goes with --username', { hint: 'Add --username NAME.' })
  }
  return {
    username: options.username,
    password: await readSecret('password', `Password of ${options.username}: `, command),
  }
}

async function readSecret(what: string, prompt: string, command: string): Promise<string> {
  const input = process.stdin.isTTY ? await ask(prompt, false) : await text(process.stdin)
  const secret = input.replace(/\r?\n$/, '')
  protect(secret)
  if (secret === '' || /[\r\n]/.test(secret)) {
    const wrong = secret === '' ? 'is empty' : 'has more than one line'
    throw new StrataError('usage', `the ${what} on standard input ${wrong}`, {
      hint: `Pipe it in, for example: pass registry | strata ${command} … ${what === 'token' ? '--token-stdin' : '--username NAME'}`,
    })
  }
  return secret
}

/** Asks a person for a name on the terminal; undefined where there is no terminal. Throws `cancelled` for Ctrl-C. */
export async function askName(prompt: string): Promise<string | undefined> {
  return process.stdin.isTTY ? (await ask(prompt, true)).trim() : undefined
}

/** Asks on the terminal; what is typed is shown only when it may be. */
function ask(prompt: string, echo: boolean): Promise<string> {
  // The reader writes over the line that it edits: a prompt that is not its own only stays where it is silent.
  if (!echo) process.stderr.write(prompt)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({
    input: process.stdin,
    output: echo ? process.stderr : silent,
    terminal: true,
    historySize: 0,
  })
  return new Promise((resolve, reject) => {
    reader.once('SIGINT', () => {
      reject(new StrataError('cancelled', 'cancelled'))
      reader.close()
    })
    reader.question(echo ? prompt : '', (answer) => {
      resolve(answer)
      reader.close()
    })
    // Ctrl-D is an empty answer; after an answer this comes too late to matter.
    reader.once('close', () => {
      if (!echo) process.stderr.write('\n')
      resolve('')
    })
  })
}
