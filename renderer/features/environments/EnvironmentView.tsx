import { Button } from '@mantine/core'
import { IconDownload, IconUpload } from '@tabler/icons-react'
import { lazy, Suspense, useCallback, useState } from 'react'
import { plural } from '../../../main/api/format.ts'
import type { EnvironmentDetail } from '../../../main/api/models.ts'
import { refKey, refName, type View } from '../../app/routes.ts'
import { navigate, replaceRoute } from '../../app/use-route.ts'
import { errorBody } from '../../client.ts'
import { useEnvironment, useSizes } from '../../engine.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { FindingList } from '../../ui/FindingList.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { mirrorUrl } from '../install/use-defaults.ts'
import { usePushDrafts } from '../push/drafts.ts'
import { EnvironmentHeader } from './EnvironmentHeader.tsx'
import css from './environments.module.css'
import { NoPackages } from './NoPackages.tsx'
import { PackagePanel } from './PackagePanel.tsx'
import { PackageTable } from './PackageTable.tsx'
import { Room } from './Room.tsx'
import { isRoom, type OneEnvironment } from './room.ts'
import { SpackMenu } from './SpackMenu.tsx'
import { ViewTabs } from './ViewTabs.tsx'

// Both bring a library that the table does not need.
const DependencyGraph = lazy(async () => ({ default: (await import('./DependencyGraph.tsx')).DependencyGraph }))
const SizeTreemap = lazy(async () => ({ default: (await import('./SizeTreemap.tsx')).SizeTreemap }))

/** One environment: its facts, its packages as table, graph or treemap, one package at the side; or Spack's side of it. */
export function EnvironmentView({ route }: { readonly route: OneEnvironment }) {
  const environment = useEnvironment(route.ref)
  if (environment.error && !environment.data) {
    const unreadable = (
      <div className={css.alone}>
        <ErrorPanel error={errorBody(environment.error)}>
          <Button variant="default" onClick={() => void environment.refetch()}>
            Read again
          </Button>
        </ErrorPanel>
      </div>
    )
    return (
      <div className={css.main}>
        <header className={css.header}>
          <h1 className={css.title}>{refName(route.ref)}</h1>
        </header>
        <ViewTabs at={route.ref} view={route.view} onChange={(view) => replaceRoute({ ...route, view })} />
        {/* What keeps it from being read may be mended right here. */}
        {isRoom(route.view) ? <Room route={route} view={route.view} environment={undefined} /> : unreadable}
      </div>
    )
  }
  if (!environment.data) {
    return (
      <div className={css.main}>
        <Waiting words={`Reading the lockfile and database of ${refName(route.ref)}`} />
      </div>
    )
  }
  return <Loaded key={refKey(route.ref)} route={route} environment={environment.data} />
}

function Loaded({ route, environment }: { route: OneEnvironment; environment: EnvironmentDetail }) {
  const sizes = useSizes(route.ref)
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set())
  const { ref, view } = route
  const show = useCallback(
    (hash: string | undefined) => replaceRoute({ screen: 'environments', ref, view, package: hash }),
    [ref, view],
  )
  const shown = environment.packages.find((p) => p.hash === route.package)

  const packages = environment.packages.filter((p) => selection.has(p.hash)).map((p) => `/${p.hash}`)
  const mirror = environment.mirrors.find((m) => m.oci)

  function push(): void {
    usePushDrafts.getState().change(ref, { packages })
    navigate({ screen: 'push', ref })
  }

  /** From the environment's own mirror: all of it, or the packages that are chosen. */
  function install(from: string): void {
    // A Spack behind a sysroot lives elsewhere: nothing can be installed into its store from here.
    const into = ref.sysroot === undefined ? environment.spack?.root : undefined
    navigate({ screen: 'install', from, into, ref, specs: packages.length > 0 ? packages : undefined })
  }

  return (
    <div className={css.main}>
      <EnvironmentHeader environment={environment} sizes={sizes}>
        {mirror && environment.concretized && (
          <Button
            variant="default"
            leftSection={<IconDownload size={16} />}
            title={`From the mirror ${mirror.name}`}
            onClick={() => install(mirrorUrl(mirror))}
          >
            {selection.size === 0 ? 'Install…' : `Install ${plural(selection.size, 'package')}…`}
          </Button>
        )}
        <Button leftSection={<IconUpload size={16} />} onClick={push} disabled={environment.packages.length === 0}>
          {selection.size === 0 ? 'Push…' : `Push ${plural(selection.size, 'package')}…`}
        </Button>
        <SpackMenu
          chosen={packages}
          onRun={(run) => navigate({ screen: 'environments', ref, view: 'spack', run, specs: packages })}
        />
      </EnvironmentHeader>
      {environment.findings.length > 0 && (
        <div className={css.findings}>
          <FindingList findings={environment.findings} onPackage={show} />
        </div>
      )}
      <ViewTabs at={ref} view={view} onChange={(next: View) => replaceRoute({ ...route, view: next })} />
      {isRoom(view) ? (
        <Room route={route} view={view} environment={environment} />
      ) : (
        <div className={css.body}>
          <div className={css.view} role="tabpanel" aria-label={view}>
            {environment.packages.length === 0 ? (
              <NoPackages route={route} concretized={environment.concretized} />
            ) : (
              <Suspense fallback={<Waiting words="Drawing" />}>
                {view === 'table' && (
                  <PackageTable
                    environment={environment}
                    sizes={sizes.data}
                    shown={route.package}
                    onShow={show}
                    selection={selection}
                    onSelection={setSelection}
                  />
                )}
                {view === 'graph' && <DependencyGraph environment={environment} shown={route.package} onShow={show} />}
                {view === 'treemap' && (
                  <SizeTreemap environment={environment} sizes={sizes} shown={route.package} onShow={show} />
                )}
              </Suspense>
            )}
          </div>
          {shown && (
            <PackagePanel
              package={shown}
              environment={environment}
              size={sizes.data?.[shown.hash]}
              onShow={show}
              onClose={() => show(undefined)}
            />
          )}
        </div>
      )}
    </div>
  )
}
