import * as z from 'zod'

/** What the keyring program is asked on standard input, as JSON. `probe` looks for an entry that nobody has. */
export const KeyringAsk = z.object({
  action: z.enum(['probe', 'read', 'write', 'erase']),
  scope: z.string(),
  secret: z.string().optional(),
})
export type KeyringAsk = z.infer<typeof KeyringAsk>
export type KeyringAction = KeyringAsk['action']

export function askOf(ask: KeyringAsk): string {
  return JSON.stringify(ask)
}

/** What it answers on standard output: the secret where there is one, or why it could not. */
export const KeyringAnswer = z.object({ secret: z.string().optional(), problem: z.string().optional() })
export type KeyringAnswer = z.infer<typeof KeyringAnswer>
