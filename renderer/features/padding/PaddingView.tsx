import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { formatCount } from '../../../main/api/format.ts'
import type { PaddingReport } from '../../../main/api/spack-files.ts'
import { errorBody } from '../../client.ts'
import { Path } from '../../ui/Path.tsx'
import { ReadError } from '../../ui/ReadError.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { FullPlace } from '../edits/PlaceName.tsx'
import type { OneEnvironment, RoomProps } from '../environments/room.ts'
import { InstallInto } from './InstallInto.tsx'
import { type Length, LengthBars } from './LengthBars.tsx'
import { OtherLength } from './OtherLength.tsx'
import css from './padding.module.css'
import { RoomTable } from './RoomTable.tsx'
import { usePadding } from './use-padding.ts'

// Long enough that typing a path does not read the store for each letter.
const pause = 250

/** How far installed packages can be moved: the store's length, what would fail elsewhere, and another padding. */
export function PaddingView({ route }: RoomProps) {
  const report = usePadding(route.ref, {})
  if (report.data) return <Loaded report={report.data} route={route} />
  if (!report.error) return <Waiting words="Reading the store’s database" />
  return <ReadError error={errorBody(report.error)} again={report.refetch} />
}

function Loaded({ report, route }: { report: PaddingReport; route: OneEnvironment }) {
  const [into, setInto] = useState('')
  const [length, setLength] = useState<number>()
  const [settledInto] = useDebouncedValue(into.trim(), pause)
  const [settledLength] = useDebouncedValue(length, pause)
  const target = usePadding(route.ref, settledInto === '' ? undefined : { into: settledInto })
  const other = usePadding(route.ref, isPossible(settledLength) ? { length: settledLength } : undefined)
  const asked = settledInto !== '' && into.trim() !== '' && !target.error ? target.data : undefined
  const proposed = isPossible(length) && !other.error ? other.data?.proposal : undefined
  const lengths: readonly Length[] = [
    { name: 'This store', root: byteLength(report.root), length: report.length },
    ...(asked?.target
      ? [{ name: 'Install into', root: byteLength(asked.target.root), length: asked.target.length, isTarget: true }]
      : []),
    ...(proposed
      ? [
          {
            name: `Padded to ${proposed.length}`,
            root: byteLength(report.root),
            length: byteLength(proposed.paddedRoot),
          },
        ]
      : []),
  ]
  return (
    <div className={css.columns}>
      <div className={css.left}>
        <ThisStore report={report} />
        <LengthBars lengths={lengths} limit={report.longestRoot} />
        <InstallInto
          value={into}
          onChange={setInto}
          asked={asked}
          error={settledInto === '' ? undefined : target.error}
        />
        <OtherLength
          report={report}
          route={route}
          value={length}
          onChange={setLength}
          proposal={proposed}
          error={other.error}
        />
      </div>
      <RoomTable report={asked ?? report} hasTarget={asked?.target !== undefined} route={route} />
    </div>
  )
}

function ThisStore({ report }: { report: PaddingReport }) {
  const { paddedRoot, length, setting, packages, longestRoot } = report
  return (
    <dl className={css.facts}>
      <dt>Store</dt>
      <dd>
        <Path value={paddedRoot} limit={120} />
      </dd>
      <dt>Length</dt>
      <dd>{formatCount(length)} bytes</dd>
      <dt>Padding</dt>
      <dd>
        {setting ? (
          <>
            <code>padded_length: {String(setting.value)}</code>
            <br />
            <FullPlace place={setting} />
          </>
        ) : paddedRoot === report.root ? (
          'none: padded_length is not set'
        ) : (
          'as on disk: padded_length is not set'
        )}
      </dd>
      <dt>Packages</dt>
      <dd>
        {longestRoot === undefined
          ? 'nothing of this environment is installed in this store'
          : `${formatCount(packages.length)}; all can be moved to a root of at most ${formatCount(longestRoot)} bytes`}
      </dd>
    </dl>
  )
}

function isPossible(length: number | undefined): length is number {
  return length !== undefined && Number.isInteger(length) && length >= 1 && length <= 4096
}

/** As it stands in binaries. */
function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}
