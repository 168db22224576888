import { Button, Checkbox } from '@mantine/core'
import { IconPlus, IconServer2 } from '@tabler/icons-react'
import { useState } from 'react'
import type { MirrorList } from '../../../main/api/spack-files.ts'
import { errorBody } from '../../client.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ReadError } from '../../ui/ReadError.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { PlaceName } from '../edits/PlaceName.tsx'
import type { OneEnvironment, RoomProps } from '../environments/room.ts'
import { type MirrorAct, MirrorDialog } from './MirrorDialog.tsx'
import { MirrorRow } from './MirrorRow.tsx'
import css from './mirrors.module.css'
import { useMirrors } from './use-mirrors.ts'

/** The mirrors that count for an environment: the first one first, each with where it is set; and every change of them. */
export function MirrorsView({ route }: RoomProps) {
  const mirrors = useMirrors(route.ref)
  if (mirrors.data) return <Loaded list={mirrors.data} route={route} />
  if (!mirrors.error) return <Waiting words="Reading the configuration" />
  return <ReadError error={errorBody(mirrors.error)} again={mirrors.refetch} />
}

function Loaded({ list, route }: { list: MirrorList; route: OneEnvironment }) {
  const [act, setAct] = useState<MirrorAct>()
  const { mirrors, only } = list
  return (
    <div className={css.page}>
      {mirrors.length === 0 ? (
        <NoMirrors list={list} onAct={setAct} />
      ) : (
        <>
          <header className={css.header}>
            <OnlyThese list={list} onAct={setAct} />
            <Button leftSection={<IconPlus size={16} />} onClick={() => setAct({ kind: 'add' })}>
              Add a mirror…
            </Button>
          </header>
          <ol className={css.list} aria-label="Mirrors">
            {mirrors.map((mirror) => (
              <MirrorRow key={mirror.name} mirror={mirror} list={list} route={route} onAct={setAct} />
            ))}
          </ol>
          <p className={css.foot}>
            Spack asks them in this order.
            {only && (
              <>
                {' '}
                Those of lower scopes are cut off by <code>mirrors::</code> in <PlaceName place={only} />.
              </>
            )}
          </p>
        </>
      )}
      <MirrorDialog act={act} list={list} environment={route.ref} onClose={() => setAct(undefined)} />
    </div>
  )
}

interface PartProps {
  readonly list: MirrorList
  readonly onAct: (act: MirrorAct) => void
}

/** `mirrors::`, the double colon of Spack's configuration. */
function OnlyThese({ list: { only, mirrors, scopes }, onAct }: PartProps) {
  const own = mirrors.some(({ place }) => scopes.some(({ scope }) => scope === place?.scope))
  return (
    <Checkbox
      label="Use only these mirrors"
      description={
        only ? (
          <>
            <code>mirrors::</code> in <PlaceName place={only} /> leaves out those of lower scopes
          </>
        ) : own ? (
          'Those of lower scopes count, too: Spack’s own, the site’s, yours'
        ) : (
          'There is none to keep: all come with Spack'
        )
      }
      checked={only !== undefined}
      disabled={only === undefined && !own}
      onChange={() => onAct({ kind: 'only', only: only === undefined })}
    />
  )
}

function NoMirrors({ list: { only }, onAct }: PartProps) {
  return (
    <EmptyState
      icon={IconServer2}
      title="No mirrors"
      actions={
        <>
          <Button leftSection={<IconPlus size={16} />} onClick={() => onAct({ kind: 'add' })}>
            Add a mirror…
          </Button>
          {only && (
            <Button variant="default" onClick={() => onAct({ kind: 'only', only: false })}>
              Use those of lower scopes…
            </Button>
          )}
        </>
      }
    >
      A mirror is where Spack looks for packages that are built already, and for sources, before it builds: a registry,
      a bucket, a web server or a folder. What is built here can be pushed to it, so that others need not build it
      again.
      {only && (
        <>
          {' '}
          <code>mirrors::</code> in <PlaceName place={only} /> leaves out those of lower scopes.
        </>
      )}
    </EmptyState>
  )
}
