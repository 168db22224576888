import { IconPencil } from '@tabler/icons-react'
import css from './environments.module.css'

/** Something was typed into an environment's spack.yaml that is not written yet. */
export function UnsavedMark() {
  return (
    <span className={css.unsaved} title="Not written yet">
      <IconPencil size={13} role="img" aria-label="not written yet" />
    </span>
  )
}
