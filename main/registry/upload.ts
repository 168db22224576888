import { StrataError } from '../support/errors.ts'
import type { Answer } from './answer.ts'
import { type BlobDescriptor, isDigest } from './digest.ts'
import { cancelled, digestRefused } from './failure.ts'
import type { RegistryReference } from './reference.ts'
import type { OpenContent, PutBlobOptions } from './repository.ts'
import type { Scope } from './scope.ts'
import type { RegistryRequest, Transport } from './transport.ts'
import { UploadContent } from './upload-content.ts'
import type { UploadMemory } from './upload-memory.ts'

export interface UploadParts {
  readonly transport: Transport
  readonly scope: Scope
  /** The address that opens an upload: `/v2/<repository>/blobs/uploads/`. */
  readonly uploads: URL
  readonly what: string
  readonly blob: BlobDescriptor
  readonly open: OpenContent
  readonly options: PutBlobOptions
  /** The repository of the same registry that may hold the blob. */
  readonly mountFrom?: RegistryReference
  readonly memory?: UploadMemory
}

/** The first size of chunks: what a cut then costs at most, and far below what proxies commonly let through. */
const firstChunk = 16 * 1024 * 1024
/** Smaller chunks than this no proxy asks for (nginx's own bound is 1 MiB). */
const leastChunk = 256 * 1024
/** A smaller blob is quicker sent again than asked after. */
const worthRemembering = firstChunk
/** Bytes that an attempt must have sent for its cut to count as bad luck rather than as a registry that does not work. */
const worthwhile = 1024 * 1024
/** Attempts of that kind. */
const maxFresh = 20
/** Mends in a row (see `mend`) that did not help. */
const maxMends = 8
/** Times that a session may fail inside the registry (HTTP 500) before it counts as broken there. */
const maxBroken = 2

/**
 * The upload of one blob: POST opens a session at the registry, one PUT carries all bytes straight from the content to
 * the socket and closes it (OCI distribution specification, "POST then PUT"; a single POST is not taken by Distribution
 * 2.8). Only what cannot be done so is sent in chunks by PATCH: the rest of a session that was cut, and a body that is
 * larger than something on the way lets through.
 *
 * The session outlives an attempt: the next one asks how far the registry came, and goes on there. One that the registry
 * has lost is begun anew. Distribution 2.8 loses every session whose request was cut, others keep what came.
 */
export class BlobUpload {
  private readonly parts: UploadParts
  private readonly content: UploadContent
  private readonly key: string
  private session: URL | undefined
  /** Bytes that the registry has taken. */
  private offset = 0
  /** The most of them yet. */
  private furthest = 0
  /** Bytes of one request; undefined: all in one PUT. */
  private chunk: number | undefined
  /** The least bytes of a chunk but the last, as the registry wants it (`OCI-Chunk-Min-Length`). */
  private minChunk = 0
  /** Times in a row that the registry had got no further. */
  private stuck = 0
  private mends = 0
  /** Times in a row that the registry failed over this session. */
  private broken = 0
  private fresh = 0
  private wasCut = false
  /** Begun by a process that has ended. */
  private inherited = false

  constructor(parts: UploadParts) {
    const { what, blob, open, options } = parts
    this.parts = parts
    this.content = new UploadContent(what, blob, open, options.onProgress)
    this.key = `${parts.uploads.href} ${blob.digest}`
  }

  /**
   * One attempt. After a failure that is `retryable` it may be called again and goes on where the registry is; `advanced`
   * then says that it had come further than in any attempt before.
   */
  async attempt(): Promise<'uploaded' | 'mounted'> {
    try {
      const mounted = this.session ? await this.locate() : await this.begin()
      if (mounted) return 'mounted'
      await this.send()
      await this.forget()
      return 'uploaded'
    } catch (thrown) {
      this.content.close()
      throw await this.failed(thrown)
    }
  }

  /**
   * Whether the last attempt shows that another is worth it: the registry has more than ever, or (where it keeps nothing
   * of a request that was cut) much went out, which is believed a bounded number of times.
   */
  get advanced(): boolean {
    if (this.offset > this.furthest) {
      this.furthest = this.offset
      return true
    }
    const { sent } = this.content
    this.content.sent = 0
    if (sent > 0) this.wasCut = true
    if (sent < worthwhile || this.fresh >= maxFresh) return false
    this.fresh += 1
    return true
  }

  /** The blob is there by some other way. */
  async forget(): Promise<void> {
    await this.memory?.forget(this.key)
  }

  /** No further attempt will come: what a later push can go on with is left to it. */
  async leave(): Promise<void> {
    await this.memory?.leave(this.key)
  }

  private get memory(): UploadMemory | undefined {
    return this.parts.blob.size >= worthRemembering ? this.parts.memory : undefined
  }

  /** Goes on with what an ended process left, or opens a session. Whether a mount made all of it unnecessary. */
  private async begin(): Promise<boolean> {
    const left = await this.memory?.take(this.key)
    if (!left) return await this.start()
    this.session = new URL(left.location)
    this.minChunk = left.minChunk
    this.inherited = true
    return await this.locate()
  }

  private async start(): Promise<boolean> {
    const { transport, uploads, what, mountFrom, blob } = this.parts
    this.drop()
    const mounting = mountFrom && new URL(uploads)
    mounting?.searchParams.set('mount', blob.digest)
    mounting?.searchParams.set('from', mountFrom?.repository ?? '')
    const headers = { 'content-length': '0' }
    const scope: Scope = { ...this.parts.scope, mountFrom: mountFrom?.repository }
    // A registry that may not or cannot mount still takes an upload.
    const tried =
      mounting && (await this.request({ method: 'POST', url: mounting, headers, scope }).catch(ifMountRefused))
    const usable = tried?.status === 201 || tried?.status === 202
    if (!usable) tried?.close()
    const answer = usable && tried ? tried : await this.request({ method: 'POST', url: uploads, headers })
    if (answer === tried && answer.status === 201) {
      answer.close()
      return true
    }
    if (answer.status !== 202) throw await answer.failure()
    this.session = transport.resolve(answer, what)
    this.minChunk = Number(/^\d{1,12}$/.exec(answer.header('oci-chunk-min-length') ?? '')?.[0] ?? 0)
    answer.close()
    await this.remember()
    return false
  }

  /** Asks an open session how far it is; opens another when that one is lost, or says what cannot be. */
  private async locate(): Promise<boolean> {
    const { session, offset } = this
    const { transport, scope, what } = this.parts
    if (!session) return await this.start()
    const answer = await this.request({ method: 'GET', url: session })
    if (answer.status === 429 || answer.status >= 500) throw await answer.failure()
    const came = answer.status < 300 ? taken(answer) : undefined
    if (came === undefined || came > this.parts.blob.size) {
      answer.close()
      this.shrinkTo(firstChunk)
      return await this.start()
    }
    const location = answer.header('location') === undefined ? session : transport.resolve(answer, what)
    answer.close()
    // Twice it got no further than before: perhaps something on the way bounds the size of a body by cutting it.
    this.stuck = came > offset ? 0 : this.stuck + 1
    if (this.stuck > 1) this.shrink()
    if (came === 0) {
      // `0-0` may also mean one byte.
      await abandon(transport, scope, location, what)
      return await this.start()
    }
    this.session = location
    this.offset = came
    return false
  }

  private async send(): Promise<void> {
    for (;;) {
      try {
        if (this.offset === 0 && this.parts.blob.size <= (this.chunk ?? Number.POSITIVE_INFINITY)) {
          return await this.finish(this.parts.blob.size)
        }
        while (this.offset < this.parts.blob.size) await this.patch()
        return await this.finish(0)
      } catch (thrown) {
        if (!(await this.mend(thrown))) throw thrown
      }
    }
  }

  /** The next chunk, or all the rest. */
  private async patch(): Promise<void> {
    const { transport, what, blob } = this.parts
    const { session, offset } = this
    if (!session) return
    const length = Math.min(blob.size - offset, Math.max(this.chunk ?? blob.size, this.minChunk))
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(length),
      'content-range': `${offset}-${offset + length - 1}`,
    }
    const body = () => this.content.part(offset, length)
    const answer = await this.request({ method: 'PATCH', url: session, headers, body, lane: 'uploads' })
    if (answer.status < 200 || answer.status > 204) throw await answer.failure()
    if (answer.header('location') !== undefined) this.session = transport.resolve(answer, what)
    // A registry need not take all of a chunk; some count one too many.
    this.offset = Math.min(taken(answer) ?? offset + length, offset + length)
    answer.close()
    if (this.offset <= offset) {
      throw new StrataError('registry-protocol', `${what}: the registry took nothing of the bytes from ${offset} on`)
    }
    this.mends = 0
    this.broken = 0
    await this.remember()
  }

  /** Closes the session with the digest, and with all `length` bytes unless they have been sent. */
  private async finish(length: number): Promise<void> {
    const { what, blob } = this.parts
    if (!this.session) return
    const url = new URL(this.session)
    url.searchParams.set('digest', blob.digest)
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(length) }
    const body = length === 0 ? Buffer.alloc(0) : () => this.content.part(0, length)
    const answer = await this.request({ method: 'PUT', url, headers, body, lane: 'uploads' })
    if (answer.status < 200 || answer.status > 204) throw await answer.failure()
    const echoed = answer.header('docker-content-digest')
    answer.close()
    if (isDigest(echoed) && echoed !== blob.digest) {
      throw new StrataError('digest-mismatch', `${what}: the registry stored ${echoed} instead`)
    }
  }

  /** What can be mended without a wait: whether another try has a chance now. */
  private async mend(thrown: unknown): Promise<boolean> {
    this.content.close()
    if (!(thrown instanceof StrataError) || this.content.failure || this.mends >= maxMends) return false
    this.mends += 1
    const { status, registryCode } = thrown.details ?? {}
    // Too large for a proxy, or for a registry that takes no large requests.
    if (status === 413) return this.shrink()
    // The registry is elsewhere than we thought (416), or has lost the session (404).
    if (status === 416) await this.locate()
    else if (status === 404) await this.start()
    // What another process sent, or what the registry made of it, is not this blob's beginning.
    else if (this.inherited && String(registryCode).includes('DIGEST_INVALID')) await this.start()
    else return false
    return true
  }

  /** Smaller requests from now on; false when they are as small as they may become. */
  private shrink(): boolean {
    const { size } = this.parts.blob
    let next = this.chunk === undefined ? firstChunk : this.chunk / 4
    while (next >= size) next /= 4
    next = Math.max(next, this.minChunk)
    if (next < leastChunk || next >= (this.chunk ?? size)) return false
    this.chunk = next
    return true
  }

  private shrinkTo(size: number): void {
    if (this.wasCut) this.chunk = Math.min(this.chunk ?? size, size)
  }

  private drop(): void {
    this.session = undefined
    this.offset = 0
    this.broken = 0
    this.inherited = false
  }

  private async remember(): Promise<void> {
    if (this.session) await this.memory?.keep(this.key, { location: this.session.href, minChunk: this.minChunk })
  }

  /** The error of an attempt. A session that nobody will go on with is ended, so that its half does not lie there. */
  private async failed(thrown: unknown): Promise<unknown> {
    const { what, options } = this.parts
    const error = options.signal?.aborted
      ? cancelled(options.signal)
      : (this.content.failure ?? digestRefused(what, thrown))
    const { session } = this
    if (error instanceof StrataError && error.retryable) {
      // What a cut left half written in a registry may fail there for ever, whatever is asked of it; a new session need not.
      if (session && error.code !== 'registry-out-of-space' && error.details?.status === 500) this.broken += 1
      if (this.broken >= maxBroken) await this.end(session)
      return error
    }
    await this.end(session)
    return error
  }

  private async end(session: URL | undefined): Promise<void> {
    const { transport, scope, what } = this.parts
    this.drop()
    if (session) await abandon(transport, scope, session, what)
    await this.forget()
  }

  private async request(
    request: Omit<RegistryRequest, 'what' | 'scope' | 'signal'> & { scope?: Scope },
  ): Promise<Answer> {
    const { transport, what, scope, options } = this.parts
    return await transport.send({ scope, ...request, what, signal: options.signal })
  }
}

/** Bytes that the registry says it has: `Range: 0-<last>`. Distribution says `0-0` of none, too. */
function taken(answer: Answer): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(answer.header('range') ?? '')?.[1]
  if (last === undefined) return undefined
  return last === '0' ? 0 : Number(last) + 1
}

/** A login that may not read the other repository is no reason not to write to this one. */
function ifMountRefused(thrown: unknown): undefined {
  if (thrown instanceof StrataError && (thrown.code === 'registry-auth' || thrown.code === 'registry-denied')) return
  throw thrown
}

/** Tells the registry that the session will not be finished, so that its half does not lie there; it may not care. */
export async function abandon(transport: Transport, scope: Scope, session: URL, what: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(1000)
    const answer = await transport.send({ method: 'DELETE', url: session, what, scope, signal })
    answer.close()
    return answer.status < 300
  } catch {
    // Registries throw unfinished sessions away by themselves.
    return false
  }
}
