import {
  type Icon,
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconDownload,
  IconExternalLink,
  IconPackageOff,
  IconReplace,
  IconStackPop,
} from '@tabler/icons-react'
import type { InstallFate, InstallPlan } from '../../../main/api/install.ts'
import { Bytes } from '../../ui/Bytes.tsx'
import page from '../planning/page.module.css'
import { Sum } from '../planning/Sum.tsx'
import css from './install.module.css'
import { fates, installSums, roomWords } from './model.ts'

const icons = {
  install: IconDownload,
  overwrite: IconReplace,
  installed: IconCircleCheck,
  upstream: IconStackPop,
  external: IconExternalLink,
  missing: IconPackageOff,
  conflict: IconAlertTriangle,
  refused: IconCircleX,
} as const satisfies Record<InstallFate, Icon>

const order = ['install', 'overwrite', 'installed', 'upstream', 'external', 'refused', 'missing', 'conflict'] as const

/** Packages by what happens to them, bytes against the free space, padding left, and the store's database. */
export function InstallSums({ plan }: { readonly plan: InstallPlan }) {
  const { target } = plan
  const { counts, room } = installSums(plan.packages)
  const full = target.freeBytes !== undefined && plan.bytesOnDisk > target.freeBytes
  return (
    <div className={page.sums}>
      <ul className={page.legend} aria-label="Packages by what happens to them">
        {order.map((fate) => {
          const { sum, hue } = fates[fate]
          return <Sum key={fate} count={counts[fate]} word={sum} icon={icons[fate]} hue={hue} />
        })}
      </ul>
      <p className={page.amounts}>
        <span>
          <b>
            <Bytes value={plan.bytesToFetch} />
          </b>{' '}
          to fetch
        </span>
        <span className={full ? css.warning : undefined} title="A guess from the compressed sizes.">
          <b>
            <Bytes value={plan.bytesOnDisk} about />
          </b>{' '}
          on disk
          {target.freeBytes !== undefined && (
            <>
              , <Bytes value={target.freeBytes} /> free
            </>
          )}
        </span>
        {room !== undefined && (
          <span
            className={room < 0 ? css.warning : undefined}
            title="Of the longest path against what it was packed for"
          >
            {room < 0 && 'paths up to '}
            {roomWords(room)}
          </span>
        )}
        <span>{storeWords(plan)}</span>
      </p>
    </div>
  )
}

function storeWords({ target }: InstallPlan): string {
  const whose = target.spack ? `Spack ${target.spack.version ?? ''}`.trim() : 'a folder without a Spack'
  return `${whose}, database version ${target.databaseVersion}${target.exists ? '' : ', to be made'}`
}
