import { damage } from './matrix/damage.ts'
import { onTheWay } from './matrix/on-the-way.ts'
import { outages } from './matrix/outages.ts'
import { refusals } from './matrix/refusals.ts'
import type { FaultRow } from './matrix/row.ts'

/** The fault matrix: every way in which a registry, or what lies between, fails its client. */
export const faultMatrix: readonly FaultRow[] = [...onTheWay, ...refusals, ...outages, ...damage]
