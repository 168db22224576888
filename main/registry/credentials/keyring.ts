import { StrataError } from '../../support/errors.ts'
import { protect } from '../../support/redact.ts'
import { type ProgramResult, runProgram } from '../../support/run-program.ts'
import type { Vault } from './keychain.ts'
import { askOf, type KeyringAction, KeyringAnswer } from './keyring-protocol.ts'

/** A probe prompts for nothing: whoever does not answer that soon is not there. */
const probeTimeout = 5_000
/** Whoever opens a locked keyring has to be asked for its password first. */
const useTimeout = 120_000
const maxAnswer = 1024 * 1024

/**
 * The system's keyring, reached through a process of its own (`keyring-program.ts`). The native library connects to
 * D-Bus before it returns: where nobody answers there it would stop this whole process, and nothing could end it.
 * Secrets go in and out by pipes.
 */
export function keyringVault(parts: {
  /** The bundled keyring program. */
  readonly program: string
  readonly env: NodeJS.ProcessEnv
  /** Milliseconds, for tests. */
  readonly probeTimeout?: number
}): Vault {
  const ask = async (action: KeyringAction, scope: string, secret?: string): Promise<string | undefined> => {
    const result = await runProgram({
      file: process.execPath,
      args: [parts.program],
      // Of ours the child sees what finds the keyring (D-Bus, home), and none of our secrets.
      env: { ...parts.env, STRATA_TOKEN: undefined, STRATA_PASSWORD: undefined, NODE_OPTIONS: undefined },
      input: askOf({ action, scope, secret }),
      timeout: action === 'probe' ? (parts.probeTimeout ?? probeTimeout) : useTimeout,
      maxOutput: maxAnswer,
    })
    const answer = readAnswer(result)
    if (answer.problem !== undefined) throw new StrataError('no-keychain', `${where}: ${answer.problem}`)
    protect(answer.secret)
    return answer.secret
  }
  return {
    id: 'keyring',
    where,
    problem: () =>
      ask('probe', 'probe').then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      ),
    seal: async (scope, secret) => {
      await ask('write', scope, secret)
      return ''
    },
    open: (scope) => ask('read', scope),
    erase: async (scope) => {
      await ask('erase', scope)
    },
  }
}

const where =
  process.platform === 'darwin'
    ? 'the macOS keychain'
    : process.platform === 'win32'
      ? 'the Windows Credential Manager'
      : 'the desktop’s keyring (Secret Service)'

/** What went wrong is told in words; standard output is not, since a secret may stand in it. */
function readAnswer(result: ProgramResult): KeyringAnswer {
  switch (result.kind) {
    case 'cancelled':
      return { problem: 'cancelled' }
    case 'stopped':
      return { problem: result.why }
    case 'exited':
      try {
        return KeyringAnswer.parse(JSON.parse(result.output))
      } catch {
        return { problem: 'its program failed' }
      }
  }
}
