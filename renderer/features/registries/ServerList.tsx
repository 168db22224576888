import { IconChevronRight, IconFolder, IconKey } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { KnownRegistry } from '../../../main/api/registries.ts'
import { formatRoute } from '../../app/routes.ts'
import { errorBody } from '../../client.ts'
import { useClient, useRegistries, useSettings } from '../../engine.ts'
import { HostName } from '../../ui/HostName.tsx'
import { hostOf, referenceIn, shortReference } from './names.ts'
import { OpenRepository } from './OpenRepository.tsx'
import css from './registries.module.css'

/** The servers with their repositories, and folders. A server is asked for its repositories when it is opened. */
export function ServerList({ current }: { readonly current: string | undefined }) {
  const list = useRegistries()
  const recent = useSettings().data?.recentTargets ?? []
  const registries = list.data?.registries ?? []
  const used = current === undefined || recent.includes(current) ? recent : [current, ...recent]
  const hosts = registries.map((r) => r.registry)
  const others = used.filter((one) => !hosts.includes(hostOf(one) ?? ''))
  return (
    <aside className={css.list} aria-label="Servers and repositories">
      <div className={css.listHead}>
        <OpenRepository />
      </div>
      <div className={css.listScroll}>
        {registries.map((registry) => (
          <Server
            key={registry.registry}
            registry={registry}
            used={[...registry.recent, ...used.filter((one) => hostOf(one) === registry.registry)]}
            current={current}
          />
        ))}
        {others.length > 0 && (
          <section>
            <h2 className={css.groupTitle}>{others.every(isFolder) ? 'Folders' : 'Other repositories'}</h2>
            <ul>
              {[...new Set(others)].map((one) => (
                <Entry key={one} reference={one} name={shortReference(one)} current={current} />
              ))}
            </ul>
          </section>
        )}
        {list.error && <p className={css.groupProblem}>{errorBody(list.error).message}</p>}
        {list.data && registries.length === 0 && others.length === 0 && (
          <p className={css.groupNote}>No registry is known here yet. Type a repository above.</p>
        )}
      </div>
      <div className={css.listFoot}>
        <a className={css.footLink} href={formatRoute({ screen: 'settings', tab: 'registries' })}>
          <IconKey size={15} aria-hidden /> Logins and doctor
        </a>
      </div>
    </aside>
  )
}

const isFolder = (reference: string) => reference.startsWith('oci-layout:')

interface ServerProps {
  readonly registry: KnownRegistry
  /** Repositories of it that were used; they are there without asking. */
  readonly used: readonly string[]
  readonly current: string | undefined
}

function Server({ registry, used, current }: ServerProps) {
  const client = useClient()
  const { registry: host, caFiles, insecure } = registry
  const [opened, setOpened] = useState(false)
  const answer = useQuery({
    queryKey: ['repositories', host],
    queryFn: () => client.call('registry.repositories', { registry: host, caFiles, insecure }),
    enabled: opened,
  })
  const listed = answer.data?.repositories ?? []
  const all = [...new Set([...used, ...listed].map((name) => referenceIn(registry, name)))].toSorted()
  const problem = answer.error ? errorBody(answer.error).message : answer.data?.problem
  return (
    <section>
      <h2>
        <button type="button" className={css.server} aria-expanded={opened} onClick={() => setOpened(!opened)}>
          <IconChevronRight size={14} aria-hidden />
          <span>
            <HostName value={host} />
          </span>
        </button>
      </h2>
      {(opened || all.length > 0) && (
        <ul>
          {all.map((reference) => (
            <Entry key={reference} reference={reference} name={nameIn(host, reference)} current={current} />
          ))}
        </ul>
      )}
      {opened && answer.isFetching && <p className={css.groupNote}>Asking {host} for its repositories</p>}
      {opened && problem !== undefined && <p className={css.groupProblem}>{problem}</p>}
      {opened && answer.data && all.length === 0 && problem === undefined && (
        <p className={css.groupNote}>It has no repositories.</p>
      )}
    </section>
  )
}

function nameIn(host: string, reference: string): string {
  return reference.replace(/^[a-z+]+:\/\//, '').slice(host.length + 1)
}

function Entry({ reference, name, current }: { reference: string; name: string; current: string | undefined }) {
  return (
    <li>
      <a
        className={css.entry}
        href={formatRoute({ screen: 'registries', repository: reference })}
        aria-current={reference === current ? 'true' : undefined}
        title={reference}
      >
        {isFolder(reference) && <IconFolder size={15} aria-hidden />}
        <span>{isFolder(reference) ? name.split('/').at(-1) : name}</span>
      </a>
    </li>
  )
}
