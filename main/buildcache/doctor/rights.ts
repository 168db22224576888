import { plural } from '../../api/format.ts'
import { type Digest, isDigest } from '../../registry/digest.ts'
import { parseObject } from '../../registry/media-types.ts'
import { formatReference } from '../../registry/reference.ts'
import type { Scope } from '../../registry/scope.ts'
import { abandon } from '../../registry/upload.ts'
import { type Examination, type Outcome, ok, skipped, warning } from './examination.ts'

/**
 * Bytes of the throw-away upload: one more than nginx lets through unless its `client_max_body_size` says otherwise,
 * which is what stands in front of most registries that refuse a layer.
 */
const trialSize = 1024 * 1024 + 1
/** A configuration that is larger than this is not read: it is only a sample of what a pull reads. */
const maxSample = 4 * 1024 * 1024

/** Pull: the tags, and of one of them the manifest and the configuration, whose digests are checked. */
export async function checkPull(examination: Examination, signal: AbortSignal): Promise<Outcome> {
  const { connection, transport, reference } = examination
  const { target } = connection
  const tags = await target.tags({ signal })
  const [tag] = tags
  if (tag === undefined) {
    const answer = await transport.send({
      method: 'GET',
      url: new URL(`/v2/${reference.repository}/tags/list`, transport.host.origin),
      what: `${reference.registry}/${reference.repository}: tags`,
      scope: { repository: reference.repository, actions: 'pull' },
      signal,
    })
    answer.close()
    return ok(answer.status === 404 ? 'the repository does not exist yet' : 'the repository is there, without tags')
  }
  examination.manifest = await target.getManifest(tag, { signal })
  const sample = configOf(examination)
  if (sample) await target.readBlobBytes(sample, { limit: maxSample, signal })
  return ok(`${plural(tags.length, 'tag')}; ${tag} was read, and its digests are right`)
}

/** The configuration that the manifest names, when it is one of an image and small. */
function configOf({ manifest }: Examination): { readonly digest: Digest; readonly size: number } | undefined {
  const config = manifest && parseObject(manifest.bytes)?.config
  if (typeof config !== 'object' || config === null || !('digest' in config) || !('size' in config)) return undefined
  const { digest, size } = config
  return isDigest(digest) && typeof size === 'number' && size <= maxSample ? { digest, size } : undefined
}

/**
 * Push: opens an upload, sends a piece of it and cancels it (OCI distribution specification, "Pushing a blob in
 * chunks"). A blob is only made by the closing PUT, which is never sent.
 */
export async function checkPush({ transport, reference }: Examination, signal: AbortSignal): Promise<Outcome> {
  const { registry, repository } = reference
  const what = `${registry}/${repository}: trial upload`
  const scope: Scope = { repository, actions: 'pull,push' }
  const url = new URL(`/v2/${repository}/blobs/uploads/`, transport.host.origin)
  const opened = await transport.send({ method: 'POST', url, what, scope, headers: { 'content-length': '0' }, signal })
  if (opened.status !== 202) throw await opened.failure()
  let session = transport.resolve(opened, what)
  opened.close()
  let isGone = false
  try {
    // Without a Content-Range, as docker pushes: what every registry therefore takes.
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(trialSize) }
    const body = Buffer.alloc(trialSize)
    const sent = await transport.send({ method: 'PATCH', url: session, what, scope, headers, body, signal })
    if (sent.status >= 300) throw await sent.failure()
    if (sent.header('location') !== undefined) session = transport.resolve(sent, what)
    sent.close()
  } finally {
    // With a time of its own: also when this step was cancelled or took too long.
    isGone = await abandon(transport, scope, session, what)
  }
  return ok(`a trial upload was opened, and ${isGone ? 'cancelled' : 'left to the registry to throw away'}`)
}

/** Mount: a blob that is in the repository already, from another one that has it too, so that nothing is added. */
export async function checkMount(examination: Examination, signal: AbortSignal): Promise<Outcome> {
  const { connection, reference, others } = examination
  const blob = configOf(examination)
  if (!blob) return skipped('there is nothing to mount yet')
  let from = reference
  for (const other of others) {
    const repository = await connection.open(other)
    const found = await repository.hasBlob(blob.digest, { signal }).catch(() => undefined)
    if (found) from = other
  }
  const where = from === reference ? 'within this repository' : `from ${formatReference(from)}`
  if (await connection.target.mountBlob(blob.digest, from, { signal })) return ok(`a blob was mounted ${where}`)
  return warning(`no blob could be mounted ${where}`, 'This registry does not link blobs of other repositories.', [
    'Nothing has to be done: such layers are uploaded again.',
  ])
}

/** Delete: asked of a manifest that cannot be there. Whoever may not delete is told so before it is looked for. */
export async function checkDelete({ connection }: Examination, signal: AbortSignal): Promise<Outcome> {
  const { tags } = await connection.target.probeDeletes({ signal })
  return ok(tags ? 'allowed' : 'allowed; a tag goes with its image, and so do the other tags of that image')
}
