import { Select } from '@mantine/core'
import type { WritableScope } from '../../../main/api/spack-files.ts'
import css from './edits.module.css'

/** Which of Spack's configuration scopes is written to, with its file. Those that may not be written cannot be chosen. */
export function ScopeSelect(props: {
  readonly label?: string
  readonly scopes: readonly WritableScope[]
  readonly value: string | undefined
  readonly onChange: (scope: string) => void
}) {
  const { label = 'In the scope', scopes, value, onChange } = props
  const chosen = scopes.find((one) => one.scope === value)
  return (
    <Select
      label={label}
      data={scopes.map(({ scope, file, writable }) => ({
        value: scope,
        label: writable ? scopeWords(scope) : `${scopeWords(scope)}: you may not write ${file}`,
        disabled: !writable,
      }))}
      value={value ?? null}
      allowDeselect={false}
      error={scopes.every((one) => !one.writable) && 'There is no scope that you may write to'}
      description={chosen && <span className={css.scopeFile}>{chosen.file}</span>}
      onChange={(scope) => scope !== null && onChange(scope)}
    />
  )
}

/** A scope by Spack's name for it, and whom it is for. */
function scopeWords(scope: string): string {
  if (scope.startsWith('env:')) return `${scope}, this environment alone`
  if (scope === 'user') return 'user, everything you do with Spack'
  if (scope === 'site') return 'site, everyone who uses this Spack'
  if (scope === 'system') return 'system, everyone on this machine'
  return scope
}
