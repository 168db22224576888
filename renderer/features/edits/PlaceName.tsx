import { lastPart } from '../../../main/api/format.ts'
import type { SettingPlace } from '../../../main/api/spack-files.ts'
import { Path } from '../../ui/Path.tsx'
import css from './edits.module.css'

/** A file and a line of it, short, with the whole path on hover. */
export function PlaceName({ place: { file, line } }: { readonly place: SettingPlace }) {
  return (
    <span className={css.place} title={`${file}:${line}`}>
      {lastPart(file)}:{line}
    </span>
  )
}

/** The scope that sets something, with file and line. */
export function FullPlace({ place: { scope, file, line } }: { readonly place: Omit<SettingPlace, 'column'> }) {
  return (
    <span className={css.fullPlace}>
      {scope} · <Path value={`${file}:${line}`} limit={96} />
    </span>
  )
}
