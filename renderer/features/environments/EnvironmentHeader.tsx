import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { formatCount, plural } from '../../../main/api/format.ts'
import type { EnvironmentDetail } from '../../../main/api/models.ts'
import { Bytes } from '../../ui/Bytes.tsx'
import { Path } from '../../ui/Path.tsx'
import css from './environments.module.css'

interface HeaderProps {
  readonly environment: EnvironmentDetail
  readonly sizes: UseQueryResult<Record<string, number>>
  readonly children: ReactNode
}

/** Name, folder, and the facts of an environment. `children` are its actions. */
export function EnvironmentHeader({ environment, sizes, children }: HeaderProps) {
  const { roots, packages, mirrors, store, spack, lockfileVersion, concretized } = environment
  const installed = packages.filter((p) => p.installed || p.external).length
  return (
    <header className={css.header}>
      <div className={css.headerTop}>
        <h1 className={css.title}>{environment.name}</h1>
        <Path value={environment.folder} limit={70} />
        <div className={css.headerActions}>{children}</div>
      </div>
      <dl className={css.facts}>
        <Fact name="Roots">
          {concretized ? formatCount(roots.length) : `${plural(environment.specs.length, 'spec')}, not concretized`}
        </Fact>
        <Fact name="Installed">
          {formatCount(installed)} of {formatCount(packages.length)}
        </Fact>
        <Fact name="On disk">
          <DiskSize sizes={sizes} />
        </Fact>
        <Fact name="Spack">
          {spack?.version ?? 'version unknown'}
          {lockfileVersion !== undefined && ` · lockfile v${lockfileVersion}`}
          {store?.databaseVersion !== undefined && ` · database v${store.databaseVersion}`}
        </Fact>
        {store && (
          <Fact name="Store">
            <Path value={store.paddedRoot} limit={80} /> <SetBy scope={store.rootScope} />
            {store.paddingScope !== undefined && <SetBy words=", padded by " scope={store.paddingScope} />}
          </Fact>
        )}
        <Fact name={mirrors.length === 1 ? 'Mirror' : 'Mirrors'}>
          {mirrors.length === 0 ? 'none' : <MirrorNames environment={environment} />}
        </Fact>
      </dl>
    </header>
  )
}

function MirrorNames({ environment }: { environment: EnvironmentDetail }) {
  return environment.mirrors.map((m, i) => (
    <span key={m.name} title={m.pushUrl ?? m.fetchUrl}>
      {i > 0 && ', '}
      {m.name} <SetBy scope={m.scope} />
    </span>
  ))
}

/** The configuration scope that a value comes from, in a dim word; its file and line on hover. */
function SetBy({ words = '', scope = 'default' }: { readonly words?: string; readonly scope: string | undefined }) {
  return (
    <small className={css.setBy} title={scope}>
      {words}
      {scope.replace(/ \(.*\)$/, '')}
    </small>
  )
}

function DiskSize({ sizes }: { sizes: UseQueryResult<Record<string, number>> }) {
  if (sizes.data) return <Bytes value={Object.values(sizes.data).reduce((sum, n) => sum + n, 0)} />
  if (sizes.error) return <span title={sizes.error.message}>could not be measured</span>
  return <span className={css.dim}>measuring</span>
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
