import { text } from 'node:stream/consumers'
import { KeyringAnswer, KeyringAsk } from './keyring-protocol.ts'

/** The keyring program: one question on standard input, one answer on standard output (keyring-protocol.ts). */

/** How entries are filed in the keyring. */
const service = 'Strata'

async function answer(ask: KeyringAsk): Promise<KeyringAnswer> {
  const { AsyncEntry } = await import('@napi-rs/keyring')
  // Without Secret Service the library would fall back to the kernel's keyring, which forgets everything at a restart.
  const entry = new AsyncEntry(service, ask.scope, { linux: { store: 'secret-service' } })
  switch (ask.action) {
    case 'probe':
    case 'read':
      return { secret: (await entry.getPassword()) ?? undefined }
    case 'write':
      await entry.setPassword(ask.secret ?? '')
      return {}
    case 'erase':
      await entry.deletePassword()
      return {}
  }
}

/** What the library throws, in words for people. */
function problemOf(thrown: unknown): string {
  const { message, code } = thrown as NodeJS.ErrnoException
  if (code === 'ERR_MODULE_NOT_FOUND' || /native binding/i.test(message)) {
    return 'its library (@napi-rs/keyring) is not installed here'
  }
  if (/dbus|zbus/i.test(message)) return 'nobody answers for it in this session'
  return message.split('\n')[0] ?? message
}

const input = KeyringAsk.parse(JSON.parse(await text(process.stdin)))
const said = await answer(input).catch((thrown: unknown): KeyringAnswer => ({ problem: problemOf(thrown) }))
process.stdout.write(JSON.stringify(KeyringAnswer.parse(said)))
