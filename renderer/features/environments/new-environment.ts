import type { ErrorBody } from '../../../main/api/errors.ts'
import type { SpackInstance } from '../../../main/api/models.ts'
import type { FileEditRequestInput } from '../../../main/api/spack-files.ts'

/** What was said of an environment that is to be made. */
export interface NewDraft {
  readonly place: 'named' | 'folder'
  /** Which Spack holds it. */
  readonly spack: SpackInstance | undefined
  /** Its name, or its folder. */
  readonly name: string
  /** One a line. */
  readonly specs: string
  readonly view: 'on' | 'off' | 'folder'
  readonly viewFolder: string
}

export function blankEnvironment(spacks: readonly SpackInstance[]): NewDraft {
  const [spack] = spacks
  return { place: spack ? 'named' : 'folder', spack, name: '', specs: '', view: 'on', viewFolder: '' }
}

/** The edit that it stands for; undefined while something is missing. */
export function newRequest({
  place,
  spack,
  name,
  specs,
  view,
  viewFolder,
}: NewDraft): FileEditRequestInput | undefined {
  const folder = viewFolder.trim()
  if (name.trim() === '' || (view === 'folder' && folder === '')) return undefined
  if (place === 'folder' && !isWhole(name)) return undefined
  const lines = specs
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const where = place === 'named' && spack ? { spack: spack.root, sysroot: spack.sysroot } : {}
  return {
    ...where,
    edit: { kind: 'create', place, name: name.trim(), specs: lines, view: view === 'folder' ? folder : view === 'on' },
  }
}

/** What is wrong, at the field that it is about; `all`: what is about no field. */
export function whatIsWrong(
  { place, name }: NewDraft,
  error: ErrorBody | undefined,
): { readonly name?: string; readonly specs?: string; readonly all?: true } {
  if (place === 'folder' && name.trim() !== '' && !isWhole(name)) {
    return { name: 'Write the whole path: from / on, or from ~ for the home folder.' }
  }
  if (!error) return {}
  const words = `${error.message}.${error.hint === undefined ? '' : ` ${error.hint}`}`
  if (error.code === 'environment-exists' || error.code === 'usage') return { name: words }
  // The text that is made is the engine's own: nothing but a spec in it can be refused.
  if (error.code === 'edit-refused') return { specs: words }
  return { all: true }
}

/** The engine's working folder is nobody's business. */
function isWhole(path: string): boolean {
  return /^\s*(\/|~(\/|\s*$))/.test(path)
}
