import {
  type Icon,
  IconAlertTriangle,
  IconCheck,
  IconCircleDashed,
  IconCloudCheck,
  IconDatabase,
  IconDownload,
  IconMinus,
  IconPackage,
  IconPackageExport,
  IconProgress,
  IconRecycle,
  IconStack2,
  IconStackMiddle,
  IconUpload,
  IconX,
} from '@tabler/icons-react'
import type { JobItem, StackLayer } from '../../../main/api/models.ts'
import type { Band } from './geometry.ts'
import { bandState, type LayerProgress } from './model.ts'
import css from './stack.module.css'

/** One icon a state, the same wherever a state is shown: colour never says it alone. */
export const stateIcons = {
  base: IconStack2,
  present: IconCloudCheck,
  reuse: IconRecycle,
  build: IconPackage,
  problem: IconAlertTriangle,
} as const satisfies Record<StackLayer['state'], Icon>

const phaseIcons = {
  waiting: IconCircleDashed,
  pack: IconPackage,
  upload: IconUpload,
  fetch: IconDownload,
  unpack: IconPackageExport,
  register: IconDatabase,
  act: IconProgress,
  build: IconProgress,
  done: IconCheck,
  failed: IconX,
  skipped: IconMinus,
} as const satisfies Record<JobItem['phase'], Icon>

/** The icon of a band: of its phase while a job runs, else of its state. */
export function BandIcon({ band, progress }: { readonly band: Band; readonly progress: LayerProgress | undefined }) {
  const state = bandState(band)
  const ofState = !progress || (progress.phase === 'skipped' && state !== 'problem')
  const merged = band.kind === 'layer' && band.layers[0]?.kind === 'merged' && state !== 'problem'
  const Shown = ofState ? (merged ? IconStackMiddle : stateIcons[state]) : phaseIcons[progress.phase]
  return <Shown size={15} className={css.icon} aria-hidden />
}
