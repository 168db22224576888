import type { LayerFiles, RepositoryRequestInput } from '../../main/api/catalog.ts'
import { RepositoryRequest } from '../../main/api/catalog.ts'
import { formatBytes, shortDigest } from '../../main/api/format.ts'
import { listLayerFiles, previewLayerFile, writeLayerFile } from '../../main/buildcache/browse/layer-files.ts'
import type { LayerPlace, LayerRef } from '../../main/buildcache/browse/layer-source.ts'
import { readLayerRef, readTagLayers } from '../../main/buildcache/browse/tag-layers.ts'
import { normalPath } from '../../main/layer/listing.ts'
import { StrataError } from '../../main/support/errors.ts'
import { err, out } from './colours.ts'
import { describeFiles } from './files-text.ts'
import { type ImageReference, parseImageReference } from './image-reference.ts'
import { interruption, unlessInterrupted } from './interrupt.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'
import { withEngine } from './session.ts'

/** The options of `strata files` as commander hands them over. */
export interface FilesOptions extends RepositoryOptions {
  readonly layer?: string
  readonly all?: boolean
}

/** What the command works on: the layers that were asked for, base first. */
interface Asked {
  readonly place: LayerPlace
  readonly request: RepositoryRequest
  readonly layers: readonly LayerRef[]
  readonly json: boolean
}

/** `strata files`: lists what a layer holds, or prints one file of it as it is. */
export async function files(reference: string, path: string | undefined, options: FilesOptions): Promise<void> {
  const image = parseImageReference(reference)
  const request: RepositoryRequestInput = await repositoryRequest(image.repository, options, 'files')
  const interrupted = interruption()
  try {
    await withEngine(async (engine) => {
      const work = engine.within(request, async (place) => {
        const layers = await layersOf(place, image, options)
        const asked = { place, request: RepositoryRequest.parse(request), layers, json: options.json ?? false }
        if (path === undefined || normalPath(path) === '') await list(asked, undefined)
        else await show(asked, normalPath(path))
      })
      await unlessInterrupted(work, interrupted.signal)
    })
  } finally {
    interrupted.release()
  }
}

async function layersOf(
  place: LayerPlace,
  { version }: ImageReference,
  { layer, all }: FilesOptions,
): Promise<readonly LayerRef[]> {
  if (version === undefined) {
    if (layer !== undefined) return [await readLayerRef(place, layer)]
    throw new StrataError('usage', 'which image is missing', {
      hint: 'Name a tag: oci://host/name:tag. A layer can be named without one, by --layer with its whole digest.',
    })
  }
  const layers = await readTagLayers(place, version)
  const last = layers.at(-1)
  if (last === undefined) throw new StrataError('layer-invalid', `${version} has no layers`)
  if (all) return layers
  if (layer === undefined) return [last]
  const wanted = layers.filter(({ digest }) => digest.startsWith(layer) || digest.startsWith(`sha256:${layer}`))
  if (wanted[0] !== undefined && wanted.length === 1) return wanted
  throw new StrataError(
    'usage',
    `${wanted.length === 0 ? 'no layer' : 'more than one layer'} of ${version} begins with ${layer}`,
    {
      hint: `Its layers: ${layers.map(({ digest }) => shortDigest(digest)).join(', ')}`,
    },
  )
}

/** The list of each layer that was asked for, or of what lies below a folder in them. */
async function list({ place, request, layers, json }: Asked, folder: string | undefined): Promise<void> {
  const lists: LayerFiles[] = []
  for (const [index, layer] of layers.entries()) {
    const whole = await listLayerFiles(place, { ...request, ...layer })
    const listed = folder === undefined ? whole : below(whole, folder)
    if (listed.stopped !== undefined) process.exitCode = 1
    if (json) {
      lists.push(listed)
      continue
    }
    if (layers.length > 1)
      console.log(out.bold(`Layer ${index + 1} of ${layers.length}, ${layer.digest}, ${formatBytes(layer.bytes)}`))
    console.log(describeFiles(listed, process.stdout.isTTY === true).join('\n'))
    if (listed.stopped !== undefined) console.error(`${err.red('The list is not complete:')} ${listed.stopped}`)
  }
  if (json) console.log(JSON.stringify(layers.length === 1 ? lists[0] : { layers: lists }))
}

function below(whole: LayerFiles, folder: string): LayerFiles {
  const files = whole.files.filter(({ path }) => path === folder || path.startsWith(`${folder}/`))
  return { ...whole, files, unpackedBytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** What lies at a path: a file is printed, of a folder what is in it. The uppermost layer that has it is the one that counts. */
async function show(asked: Asked, path: string): Promise<void> {
  const { place, layers, json } = asked
  for (const [index, layer] of layers.toReversed().entries()) {
    try {
      const preview = json ? await previewLayerFile(place, { ...layer, path }) : undefined
      const file = preview?.file ?? (await writeLayerFile(place, layer, path, process.stdout))
      if (file.kind === 'directory') await list(asked, file.path)
      else if (preview) console.log(JSON.stringify(preview))
      else if (file.kind === 'symlink') console.log(`${file.path} -> ${file.target ?? ''}`)
      else if (file.kind === 'other') console.log(`${file.path} has no content: it is no file, no folder and no link`)
      return
    } catch (thrown) {
      const isLast = index === layers.length - 1
      if (isLast || !(thrown instanceof StrataError) || thrown.code !== 'file-missing') throw thrown
    }
  }
}
