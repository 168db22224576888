import type { FileFinding, ManifestText, RootEntry } from '../../../main/api/spack-files.ts'
import type { Change } from './change.ts'

/** What the parts of the left side are given. */
export interface RootsProps {
  readonly file: ManifestText
  readonly change: Change | undefined
  readonly onChange: (change: Change | undefined) => void
  /** The change is complete: on to the button that writes it. */
  readonly onConfirm: () => void
  readonly goTo: (place: Pick<FileFinding, 'line' | 'column'>) => void
  /** Something in the editor is not written yet: one thing after the other. */
  readonly waits: boolean
}

/** A root with its place in the list: two may be written alike. */
export interface RootRow extends RootEntry {
  readonly id: string
}
