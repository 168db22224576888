import { assertNever } from '../../support/assert.ts'
import { asObject } from '../json.ts'
import { writtenKey, type YamlChange, type YamlPath } from './change.ts'
import { addMirror, hideSecrets, type MirrorSettings, removeMirror, type SpackVersion, setMirror } from './mirrors.ts'
import { addSpec, changeSpec, removeSpec } from './specs.ts'
import { changeAll } from './yaml-edit.ts'
import { type EditableYaml, refuseEdit, valueAt } from './yaml-text.ts'

/** What people do to a spack.yaml or a file of a configuration scope. */
export type YamlEdit =
  | { readonly kind: 'add-specs'; readonly specs: readonly string[] }
  | { readonly kind: 'remove-specs'; readonly specs: readonly string[] }
  | { readonly kind: 'change-spec'; readonly from: string; readonly to: string }
  /** On, off, or a folder. */
  | { readonly kind: 'set-view'; readonly view: boolean | string }
  /** Characters that the store's root is padded to; 0 takes the setting away. */
  | { readonly kind: 'set-padding'; readonly length: number }
  | { readonly kind: 'add-mirror'; readonly name: string; readonly settings: MirrorSettings; readonly only?: boolean }
  | { readonly kind: 'set-mirror'; readonly name: string; readonly settings: MirrorSettings }
  | { readonly kind: 'remove-mirror'; readonly name: string }
  | { readonly kind: 'only-mirrors'; readonly only: boolean }
  /** Puts the name of a variable in the place of a secret; without one takes the login out. */
  | { readonly kind: 'hide-secrets'; readonly name: string; readonly variable?: string }

/** Where in the file the settings begin, and who reads them. */
export interface EditSetting {
  /** `['spack']` in a spack.yaml, `[]` in the file of a scope. */
  readonly base: YamlPath
  readonly version: SpackVersion
}

/**
 * The file after an edit. Every byte that the edit does not change stays. Throws `edit-refused` with line and column for what
 * cannot be changed without damage, or makes no sense.
 */
export function editYaml(yaml: EditableYaml, edit: YamlEdit, setting: EditSetting): EditableYaml {
  refuseOtherSection(yaml, setting.base)
  switch (edit.kind) {
    case 'add-specs':
      return each(yaml, edit.specs, (now, spec) => addSpec(now, setting.base, spec))
    case 'remove-specs':
      return each(yaml, edit.specs, (now, spec) => removeSpec(now, setting.base, spec))
    default:
      return changeAll(yaml, changesOf(yaml, edit, setting))
  }
}

/** A manifest's settings are below its one key, and Spack refuses a second one. Before 0.21 that could be `env`. */
function refuseOtherSection(yaml: EditableYaml, [section]: YamlPath): void {
  const [other] = Object.keys(yaml.data)
  if (typeof section !== 'string' || other === undefined || writtenKey(yaml.data, section) !== undefined) return
  const message = `there is ${other}: and no ${section}:, below which the settings are`
  throw refuseEdit(yaml, yaml.placeOf([other], 'key'), message, `Rename it to ${section}:.`)
}

function changesOf(
  yaml: EditableYaml,
  edit: Exclude<YamlEdit, { kind: 'add-specs' | 'remove-specs' }>,
  { base, version }: EditSetting,
): readonly YamlChange[] {
  switch (edit.kind) {
    case 'change-spec':
      return changeSpec(yaml, base, edit.from, edit.to)
    case 'set-view':
      return viewChanges(yaml, [...base, 'view'], edit.view)
    case 'set-padding':
      return paddingChanges(yaml, base, edit.length)
    case 'add-mirror':
      return addMirror(yaml, base, edit, version)
    case 'set-mirror':
      return setMirror(yaml, base, edit, version)
    case 'remove-mirror':
      return removeMirror(yaml, base, edit.name)
    case 'only-mirrors':
      return [{ kind: 'replaces', path: [...base, 'mirrors'], replaces: edit.only }]
    case 'hide-secrets':
      return hideSecrets(yaml, base, edit, version)
    default:
      return assertNever(edit)
  }
}

/** Further views, projections and a choice of packages would be lost with one word; a folder is what the word stands for. */
function viewChanges(yaml: EditableYaml, path: YamlPath, value: boolean | string): readonly YamlChange[] {
  const written = valueAt(yaml, path)
  const { default: own, ...others } = asObject(written?.value) ?? {}
  const more = Object.keys(asObject(own) ?? {}).some((key) => key !== 'root') || Object.keys(others).length > 0
  if (!more) return [{ kind: 'set', path, value }]
  throw refuseEdit(yaml, written?.place, 'the view has settings of its own, which are left as they are written')
}

/** `install_tree` was a path alone once, which still is read; the padding needs the long form. */
function paddingChanges(yaml: EditableYaml, base: YamlPath, length: number): readonly YamlChange[] {
  const tree = [...base, 'config', 'install_tree']
  const path = [...tree, 'padded_length']
  if (length === 0) return valueAt(yaml, path) ? [{ kind: 'remove', path }] : []
  const written = valueAt(yaml, tree)?.value
  if (typeof written !== 'string') return [{ kind: 'set', path, value: length }]
  return [{ kind: 'set', path: tree, value: { root: written, padded_length: length } }]
}

function each(
  yaml: EditableYaml,
  specs: readonly string[],
  changes: (now: EditableYaml, spec: string) => readonly YamlChange[],
): EditableYaml {
  return specs.reduce((now, spec) => changeAll(now, changes(now, spec)), yaml)
}
