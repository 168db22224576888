import { Button } from '@mantine/core'
import { IconAlertTriangle, IconPlus, IconServer2, IconShieldOff, IconStethoscope } from '@tabler/icons-react'
import type { KnownRegistry, RegistryList as List } from '../../../../main/api/registries.ts'
import { formatRoute } from '../../../app/routes.ts'
import { HostName } from '../../../ui/HostName.tsx'
import { loginName } from './logins.ts'
import css from './registries.module.css'

interface ListProps {
  readonly list: List
  readonly selected: string | undefined
  readonly onAdd: () => void
}

/** The doctor, then every registry with its kind and who we are there. */
export function RegistryList({ list, selected, onAdd }: ListProps) {
  return (
    <nav className={css.list} aria-label="Registries">
      <ul className={css.listScroll}>
        <li>
          <a
            className={css.entry}
            href={formatRoute({ screen: 'settings', tab: 'registries' })}
            aria-current={selected === undefined ? 'true' : undefined}
          >
            <IconStethoscope size={16} stroke={1.6} className={css.entryIcon} aria-hidden />
            <span className={css.entryName}>Doctor</span>
            <span className={css.entryNote}>for any repository</span>
          </a>
        </li>
        {list.registries.map((registry) => (
          <Entry
            key={registry.registry}
            registry={registry}
            kind={list.presets.find((p) => p.kind === registry.kind)?.name ?? registry.kind}
            here={registry.registry === selected}
          />
        ))}
      </ul>
      <div className={css.listFoot}>
        <Button variant="subtle" color="gray" leftSection={<IconPlus size={16} />} onClick={onAdd}>
          Add a registry…
        </Button>
      </div>
    </nav>
  )
}

function Entry({ registry, kind, here }: { registry: KnownRegistry; kind: string; here: boolean }) {
  const { registry: name, logins } = registry
  const working = logins.filter((login) => login.problem === undefined)
  return (
    <li>
      <a
        className={css.entry}
        href={formatRoute({ screen: 'settings', tab: 'registries', registry: name })}
        aria-current={here ? 'true' : undefined}
        title={name}
      >
        <IconServer2 size={16} stroke={1.6} className={css.entryIcon} aria-hidden />
        <span className={css.entryName}>
          <HostName value={name} />
        </span>
        <span className={css.entryNote}>
          {working.length > 0 ? working.map(loginName).join(', ') : 'anonymous'} · {kind}
        </span>
        <span className={css.entryMarks}>
          {working.length < logins.length && (
            <IconAlertTriangle size={15} role="img" aria-label="a login cannot be used" />
          )}
          {(registry.insecure || registry.plainHttp) && <IconShieldOff size={15} role="img" aria-label="not safe" />}
        </span>
      </a>
    </li>
  )
}
