import { SegmentedControl, TextInput } from '@mantine/core'
import { lastPart } from '../../../main/api/format.ts'
import type { ManifestSetting, ManifestText } from '../../../main/api/spack-files.ts'
import { FullPlace } from '../edits/PlaceName.tsx'
import page from '../planning/page.module.css'
import css from './roots.module.css'
import type { RootsProps } from './roots.ts'

/** The view, to change; how roots are concretized together, to see. Each with where it is set. */
export function SettingsForm({ file, change, onChange, onConfirm, goTo, waits }: RootsProps) {
  const { view, unify } = file
  if (!view) return undefined
  const value = change?.kind === 'view' ? change.view : view.value
  const kind = typeof value === 'string' ? 'folder' : value === false ? 'off' : 'on'
  return (
    <div className={css.settings}>
      <fieldset disabled={waits}>
        <legend>View</legend>
        {value === undefined ? (
          <p className={page.note}>Several views, or one with settings: they are changed in the file.</p>
        ) : (
          <SegmentedControl
            aria-label="View"
            disabled={waits}
            data={[
              { value: 'on', label: 'On' },
              { value: 'off', label: 'Off' },
              { value: 'folder', label: 'In a folder' },
            ]}
            value={kind}
            onChange={(next) =>
              onChange({
                kind: 'view',
                view: next === 'folder' ? (typeof view.value === 'string' ? view.value : '') : next === 'on',
              })
            }
          />
        )}
        {typeof value === 'string' && (
          <form
            onSubmit={(event) => {
              event.preventDefault()
              onConfirm()
            }}
          >
            <TextInput
              aria-label="Folder of the view"
              placeholder="/shared/views/tools"
              value={value}
              disabled={waits}
              onChange={(event) => onChange({ kind: 'view', view: event.currentTarget.value })}
              spellCheck={false}
              classNames={{ input: page.monoInput }}
            />
          </form>
        )}
        <SetAt setting={view} file={file} goTo={goTo} />
      </fieldset>
      {unify && (
        <p className={css.setting}>
          <span>concretizer:unify</span>
          <code>{unify.value === undefined ? 'set in parts' : String(unify.value)}</code>
          <SetAt setting={unify} file={file} goTo={goTo} />
        </p>
      )}
    </div>
  )
}

/** Where a value is set: a line of this file, which it leads to, or the scope and the file. */
function SetAt({ setting, file, goTo }: Pick<RootsProps, 'goTo'> & { setting: ManifestSetting; file: ManifestText }) {
  const { place } = setting
  if (!place) return <small className={page.note}>not set: Spack’s default</small>
  if (place.file === file.file) {
    return (
      <button type="button" className={css.place} onClick={() => goTo(place)}>
        line {place.line} of {lastPart(place.file)}
      </button>
    )
  }
  return <FullPlace place={place} />
}
