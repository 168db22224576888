import { randomUUID } from 'node:crypto'
import { errorReply, type Reply, sha256 } from './reply.ts'

export interface UploadRules {
  /** The least bytes of a chunk but the last, said in `OCI-Chunk-Min-Length` and insisted on. */
  readonly chunkMinLength?: number
}

/** What an upload's request carries. */
export interface UploadRequest {
  readonly method: string
  readonly repository: string
  readonly id: string
  readonly url: URL
  readonly contentRange: string | undefined
  readonly body: Buffer
}

interface Session {
  readonly repository: string
  bytes: Buffer
  /** Every answer names another address, and only the newest or the state's own question will do. */
  step: number
  /** After a chunk below the least length no other may come. */
  ended: boolean
}

/** Open uploads, as the OCI distribution specification has them under "Pushing blobs". */
export class Uploads {
  private readonly sessions = new Map<string, Session>()
  private readonly rules: UploadRules
  private readonly store: (repository: string, bytes: Buffer) => void

  constructor(rules: UploadRules, store: (repository: string, bytes: Buffer) => void) {
    this.rules = rules
    this.store = store
  }

  get open(): number {
    return this.sessions.size
  }

  start(repository: string): Reply {
    const id = randomUUID()
    const session: Session = { repository, bytes: Buffer.alloc(0), step: 0, ended: false }
    this.sessions.set(id, session)
    const { chunkMinLength } = this.rules
    const least = chunkMinLength === undefined ? undefined : { 'oci-chunk-min-length': String(chunkMinLength) }
    return { status: 202, headers: { ...this.headers(id, session), ...least } }
  }

  forget(id: string): void {
    this.sessions.delete(id)
  }

  /** What came of a request that was cut. */
  keep(id: string, bytes: Buffer): void {
    const session = this.sessions.get(id)
    if (session) session.bytes = Buffer.concat([session.bytes, bytes])
  }

  answer(request: UploadRequest): Reply {
    const { method, id, url, repository } = request
    const session = this.sessions.get(id)
    const state = url.searchParams.get('_state')
    if (session?.repository !== repository || state === null || !state.startsWith('a/b=')) {
      return errorReply(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry')
    }
    if (method === 'GET') return { status: 204, headers: this.headers(id, session) }
    if (method === 'DELETE') {
      this.sessions.delete(id)
      return { status: 204 }
    }
    const refused = this.append(session, request)
    if (refused) return refused
    if (method === 'PATCH') return { status: 202, headers: this.headers(id, session) }
    return this.finish(session, request)
  }

  private append(session: Session, { method, id, contentRange, body }: UploadRequest): Reply | undefined {
    const range = /^(\d+)-(\d+)$/.exec(contentRange ?? '')
    const outOfOrder = range && (Number(range[1]) !== session.bytes.length || session.ended)
    if (outOfOrder || (range && Number(range[2]) - Number(range[1]) + 1 !== body.length)) {
      const refused = errorReply(416, 'BLOB_UPLOAD_INVALID', 'chunk out of order')
      return { ...refused, headers: { ...refused.headers, ...this.headers(id, session) } }
    }
    session.ended ||= method === 'PATCH' && body.length < (this.rules.chunkMinLength ?? 0)
    session.bytes = Buffer.concat([session.bytes, body])
    session.step += 1
    return undefined
  }

  private finish(session: Session, { id, repository, url }: UploadRequest): Reply {
    this.sessions.delete(id)
    const digest = url.searchParams.get('digest') ?? ''
    if (sha256(session.bytes) !== digest) {
      return errorReply(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content')
    }
    this.store(repository, session.bytes)
    return { status: 201, headers: { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest } }
  }

  private headers(id: string, session: Session): Readonly<Record<string, string>> {
    const location = `/v2/${session.repository}/blobs/uploads/${id}?_state=${encodeURIComponent(`a/b=${session.step}`)}`
    return { location, range: `0-${Math.max(0, session.bytes.length - 1)}`, 'docker-upload-uuid': id }
  }
}
