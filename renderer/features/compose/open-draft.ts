import type { CompositionDraft } from '../../../main/api/compose.ts'
import { changed } from './history.ts'
import type { PublicationDraft } from './publication.ts'
import { useBenches } from './workbench.ts'

/** Puts what a file says on the bench of its cache, else on that of `repository`; answers which. */
export function openDraft(repository: string, { from, to, tag, ...composition }: CompositionDraft): string {
  const cache = from ?? repository
  useBenches.getState().set(cache, (bench) => ({
    history: changed(bench.history, composition),
    publication: { ...bench.publication, tag: tag ?? bench.publication.tag, ...placeOf(to) },
  }))
  return cache
}

/** A target as the form has it. */
export function placeOf(to: string | undefined): Partial<PublicationDraft> {
  if (to === undefined) return { where: 'cache' }
  const [, folder] = /^oci-layout:(?:\/\/)?(\/.*)$/.exec(to) ?? []
  if (folder !== undefined) return { where: 'file', file: { form: 'folder', path: folder } }
  const [, archive] = /^docker-archive:(\/.*)$/.exec(to) ?? []
  if (archive !== undefined) return { where: 'file', file: { form: 'archive', path: archive } }
  return { where: 'repository', to }
}
