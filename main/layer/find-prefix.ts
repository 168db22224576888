import { StrataError } from '../support/errors.ts'
import { readLayer } from './layer-stream.ts'
import { type EntryPath, pathParts } from './path-guard.ts'
import { type TarMember, TarReader, type TarSink } from './tar-reader.ts'

const marker = '.spack/binary_distribution'

/**
 * Where in a layer its package lies, without a leading slash. `shortest` is Spack's rule (`_ensure_common_prefix`): the
 * folder of the shortest path that ends in `.spack/binary_distribution`; it reads the whole archive. `first-file` reads
 * its beginning: Spack lists a folder's files before or after its `.spack`, so the first file lies in the prefix itself
 * or in its `.spack`. Throws `layer-invalid` when it is no Spack package.
 */
export async function findPrefix(file: string, limit: number, rule: 'first-file' | 'shortest'): Promise<EntryPath> {
  const search = rule === 'shortest' ? new MarkerSearch() : new FirstFileSearch()
  const reader = new TarReader(search)
  const stopped = new Error('found')
  try {
    await readLayer(file, limit, (chunk) => {
      reader.push(chunk)
      if (search.done) throw stopped
    })
  } catch (thrown) {
    if (thrown !== stopped) throw thrown
  }
  if (!search.done) reader.finish()
  if (search.prefix) return search.prefix
  throw new StrataError('layer-invalid', `its layer is not a Spack package: no ${marker} in it`)
}

export class FirstFileSearch implements TarSink {
  prefix: EntryPath | undefined
  done = false

  begin(member: TarMember): void {
    if (member.kind === 'directory' || this.done) return
    const folders = pathParts(member.name).slice(0, -1)
    const metadata = folders.lastIndexOf('.spack')
    this.prefix = (metadata === -1 ? folders : folders.slice(0, metadata)).join('/')
    this.done = true
  }

  content(): void {}
  end(): void {}
}

class MarkerSearch implements TarSink {
  prefix: EntryPath | undefined
  readonly done = false

  begin(member: TarMember): void {
    const path = member.kind === 'file' ? pathParts(member.name).join('/') : ''
    if (!path.endsWith(`/${marker}`)) return
    const prefix = path.slice(0, -marker.length - 1)
    if (this.prefix === undefined || prefix.length < this.prefix.length) this.prefix = prefix
  }

  content(): void {}
  end(): void {}
}
