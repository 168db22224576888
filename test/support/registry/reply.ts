import { createHash } from 'node:crypto'

/** What a registry of the tests answers, before a fault changes it. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

export function json(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) }
}

/** An error in the form of the OCI distribution specification. */
export function errorReply(status: number, code: string, message: string, detail?: unknown): Reply {
  return json(status, { errors: [{ code, message, detail }] })
}

export function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
