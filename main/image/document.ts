import * as z from 'zod'
import { type Digest, isDigest } from '../registry/digest.ts'
import { StrataError } from '../support/errors.ts'

/**
 * Manifests, indexes and configs as JSON documents: what we need of them is checked, what we do not know is kept
 * (OCI image specification, `manifest.md`, `image-index.md`, `config.md`; Docker schema 2 differs in media types only).
 */

const DigestText = z.custom<Digest>(isDigest, 'is not a sha256 digest')

const Descriptor = z.looseObject({ mediaType: z.string(), digest: DigestText, size: z.number().int().min(0) })

const Manifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: Descriptor,
  layers: z.array(Descriptor),
  annotations: z.record(z.string(), z.string()).optional(),
})
export type ImageManifest = z.infer<typeof Manifest>

const Index = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(
    Descriptor.extend({ platform: z.looseObject({ architecture: z.string(), os: z.string() }).optional() }),
  ),
})
export type ImageIndex = z.infer<typeof Index>

const Config = z.looseObject({
  architecture: z.string(),
  os: z.string(),
  rootfs: z.looseObject({ type: z.string(), diff_ids: z.array(z.string()) }),
  config: z.looseObject({ Env: z.array(z.string()).nullish() }).nullish(),
  history: z.array(z.looseObject({})).nullish(),
})
export type ImageConfig = z.infer<typeof Config>

/** Parses a manifest or an index. `what` names it in the error. Throws `manifest-invalid`. */
export function parseManifest(
  bytes: Uint8Array,
  what: string,
): { kind: 'manifest'; manifest: ImageManifest } | { kind: 'index'; index: ImageIndex } {
  const json = parseJson(bytes, what)
  if (typeof json === 'object' && json !== null && 'manifests' in json) {
    return { kind: 'index', index: check(Index, json, what) }
  }
  return { kind: 'manifest', manifest: check(Manifest, json, what) }
}

/** Parses an image config. `what` names it in the error. Throws `manifest-invalid`. */
export function parseConfig(bytes: Uint8Array, what: string): ImageConfig {
  return check(Config, parseJson(bytes, what), what)
}

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new StrataError('manifest-invalid', `${what} is not JSON`, { cause })
  }
}

function check<T>(schema: z.ZodType<T>, json: unknown, what: string): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new StrataError('manifest-invalid', `${what} is not valid: ${issue?.path.join('.')} ${issue?.message}`)
}
