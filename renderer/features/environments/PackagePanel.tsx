import { ActionIcon } from '@mantine/core'
import { IconChevronRight, IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { plural } from '../../../main/api/format.ts'
import type { EnvironmentDetail, PackageSummary } from '../../../main/api/models.ts'
import { formatRoute } from '../../app/routes.ts'
import { Bytes } from '../../ui/Bytes.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Hash } from '../../ui/Hash.tsx'
import { Path } from '../../ui/Path.tsx'
import { InstallState } from './PackageState.tsx'
import { type PackageGraph, packageGraph, pathFromRoot } from './package-graph.ts'
import css from './panel.module.css'

interface PanelProps {
  readonly package: PackageSummary
  readonly environment: EnvironmentDetail
  readonly size: number | undefined
  readonly onShow: (hash: string) => void
  readonly onClose: () => void
}

/** All of one package: what it is, where it lies, why it is here, what it needs and who needs it. */
export function PackagePanel({ package: shown, environment, size, onShow, onClose }: PanelProps) {
  const graph = packageGraph(environment)
  const dependents = graph.dependents.get(shown.hash) ?? []
  return (
    <aside
      className={css.panel}
      aria-label={`Package ${shown.name}`}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <header className={css.head}>
        <h2>
          {shown.name} <span>{shown.version}</span>
        </h2>
        <ActionIcon variant="subtle" color="gray" size={26} aria-label="Close package" onClick={onClose}>
          <IconX size={16} />
        </ActionIcon>
      </header>
      <dl className={css.facts}>
        <dt>State</dt>
        <dd>
          <InstallState package={shown} />
        </dd>
        <dt>Hash</dt>
        <dd>
          <Hash value={shown.hash} />
        </dd>
        <dt>Size</dt>
        <dd>{size === undefined ? 'unknown' : <Bytes value={size} />}</dd>
        <dt>Compiler</dt>
        <dd>{shown.compiler ?? 'unknown'}</dd>
        <dt>Platform</dt>
        <dd>
          {shown.platform} {shown.os} {shown.target}
        </dd>
        {shown.namespace !== undefined && (
          <>
            <dt>Namespace</dt>
            <dd>{shown.namespace}</dd>
          </>
        )}
      </dl>
      {!shown.external && (
        <p className={css.ask}>
          <a
            href={formatRoute({
              screen: 'environments',
              ref: environment.ref,
              view: 'cache',
              specs: [`/${shown.hash}`],
            })}
          >
            Why is it not in the cache?
          </a>
        </p>
      )}
      {shown.variants !== '' && (
        <Section title="Variants">
          <p className={css.variants}>{shown.variants}</p>
        </Section>
      )}
      {shown.prefix !== undefined && (
        <Section title="Prefix" note={`${shown.prefix.length} characters`}>
          <p className={css.prefix}>
            <Path value={shown.prefix} />
            <CopyButton value={shown.prefix} what="prefix" />
          </p>
        </Section>
      )}
      <Section title="Why it is here">
        <Why path={pathFromRoot(graph, shown.hash)} onShow={onShow} />
      </Section>
      <Section title="Depends on" note={plural(shown.dependencies.length, 'package')}>
        <Dependencies package={shown} graph={graph} onShow={onShow} />
      </Section>
      <Section title="Needed by" note={plural(dependents.length, 'package')}>
        <ul className={css.links}>
          {dependents.map((p) => (
            <PackageLink key={p.hash} package={p} onShow={onShow} />
          ))}
        </ul>
      </Section>
    </aside>
  )
}

function Section({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <section className={css.section}>
      <h3>
        {title}
        {note !== undefined && <small>{note}</small>}
      </h3>
      {children}
    </section>
  )
}

function Why({ path, onShow }: { path: readonly PackageSummary[]; onShow: (hash: string) => void }) {
  const [root] = path
  if (!root) return <p className={css.dim}>No root leads to it.</p>
  if (path.length === 1) return <p>It is a root of the environment.</p>
  return (
    <ol className={css.why}>
      {path.map((p, i) => (
        <li key={p.hash}>
          {i > 0 && <IconChevronRight size={13} aria-hidden />}
          <button type="button" onClick={() => onShow(p.hash)} disabled={i === path.length - 1}>
            {p.name}
          </button>
        </li>
      ))}
    </ol>
  )
}

function Dependencies({
  package: of,
  graph,
  onShow,
}: {
  package: PackageSummary
  graph: PackageGraph
  onShow: (hash: string) => void
}) {
  return (
    <ul className={css.links}>
      {of.dependencies.map((d) => {
        const target = graph.byHash.get(d.hash)
        const how = [...d.types, ...d.virtuals.map((v) => `as ${v}`)].join(', ')
        return target && <PackageLink key={d.hash} package={target} note={how} onShow={onShow} />
      })}
    </ul>
  )
}

function PackageLink(props: { package: PackageSummary; note?: string; onShow: (hash: string) => void }) {
  return (
    <li>
      <button type="button" onClick={() => props.onShow(props.package.hash)}>
        {props.package.name} <span>{props.package.version}</span>
      </button>
      {props.note !== undefined && <small>{props.note}</small>}
    </li>
  )
}
