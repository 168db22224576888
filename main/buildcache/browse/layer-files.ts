import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { FilePreview, LayerFile, LayerFiles, RepositoryRequest } from '../../api/catalog.ts'
import { readText } from '../../layer/classify.ts'
import { KeptContent, keptStart } from '../../layer/kept-content.ts'
import { FileList } from '../../layer/listing.ts'
import { type ElfReading, readElfFacts } from '../../relocate/elf-facts.ts'
import { newSpoolFile } from '../../store/spool.ts'
import type { StrataError } from '../../support/errors.ts'
import { browseCommand } from './command.ts'
import { findInLayer, type LayerPlace, type LayerRef, visitLayer } from './layer-source.ts'

/** Bytes of a file that is no text that are shown. */
const hexBytes = 4096

/**
 * What a layer unpacks to, read as it streams and kept nowhere. A damaged layer, or one that unpacks without end, is
 * listed as far as it was read, and `stopped` says why. Throws `layer-invalid` where nothing could be read, and what the
 * registry answers.
 */
export async function listLayerFiles(place: LayerPlace, request: RepositoryRequest & LayerRef): Promise<LayerFiles> {
  const list = new FileList()
  const { unpackedBytes, stopped } = await visitLayer(place, request, list)
  return {
    digest: request.digest,
    files: list.files,
    unpackedBytes,
    stopped: stopped && whyStopped(stopped),
    command: browseCommand(['files', request.repository, '--layer', request.digest], request),
  }
}

function whyStopped({ code, message }: StrataError): string {
  if (code !== 'digest-mismatch') return message
  return `${message}: this is not the layer that the manifest names, and what is listed is not to be trusted`
}

/**
 * The beginning of one file, and the facts of an ELF file; the layer is read up to that file's end. What is shown is not
 * verified: a digest is that of the whole layer. Throws `file-missing`, and as `listLayerFiles` does.
 */
export async function previewLayerFile(
  place: LayerPlace,
  request: LayerRef & { readonly path: string },
): Promise<FilePreview> {
  let kept: KeptContent | undefined
  try {
    const file = await findInLayer(place, request, request.path, ({ bytes }) => {
      kept = new KeptContent(bytes, () => newSpoolFile(place.store.spoolFolder))
      return kept
    })
    return kept ? { file, ...shownOf(kept) } : { file, shown: 0 }
  } finally {
    kept?.close()
  }
}

function shownOf(kept: KeptContent): Omit<FilePreview, 'file'> {
  const elf = kept.elf()
  const facts = elf && readElfFacts(elf)
  const start = kept.start(keptStart)
  const text = elf ? undefined : readText(start, kept.size <= keptStart)
  if (text) return { text: text.text, shown: text.bytes }
  const binary = start.subarray(0, hexBytes)
  return { hex: binary.toString('hex'), shown: binary.length, elf: facts && shownFacts(facts) }
}

function shownFacts({ header: _, defines: __, ...facts }: ElfReading): FilePreview['elf'] {
  return facts
}

/**
 * Writes the content of a layer's file, all of it, to a stream that is not ended; answers what was found at the path,
 * which has content only when it is a file or a hard link. As little verified as a preview. Throws as that does.
 */
export async function writeLayerFile(
  place: LayerPlace,
  layer: LayerRef,
  path: string,
  into: Writable,
): Promise<LayerFile> {
  let broken: Error | undefined
  const onError = (error: Error): void => {
    broken = error
  }
  into.on('error', onError)
  try {
    return await findInLayer(place, layer, path, () => ({
      update: (piece) => void (broken ?? into.write(piece)),
      ready: async () => {
        if (into.writableNeedDrain && !broken) await once(into, 'drain', { signal: place.signal })
        if (broken) throw broken
      },
    }))
  } finally {
    into.off('error', onError)
  }
}
