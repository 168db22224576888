import type { ErrorBody } from '../../../main/api/errors.ts'
import { shortDigest, shortHash } from '../../../main/api/format.ts'
import type { Job, JobItem } from '../../../main/api/models.ts'
import { assertNever } from '../../ui/assert.ts'

/** How much of a job is done, from 0 to 1. */
export function overallPart({ progress, state }: Job): number {
  if (state === 'done') return 1
  if (progress.bytesTotal > 0) return Math.min(1, progress.bytesDone / progress.bytesTotal)
  return progress.itemsTotal > 0 ? progress.itemsDone / progress.itemsTotal : 0
}

/** How many items are in each phase. */
export function phaseCounts(items: readonly JobItem[]): Readonly<Record<JobItem['phase'], number>> {
  const counts = {
    waiting: 0,
    pack: 0,
    upload: 0,
    fetch: 0,
    unpack: 0,
    register: 0,
    act: 0,
    build: 0,
    done: 0,
    failed: 0,
    skipped: 0,
  }
  for (const item of items) counts[item.phase] += 1
  return counts
}

/** What is being worked on, and what failed: worth a line each while the rest is a number. */
export function itemsInWork(items: readonly JobItem[]): readonly JobItem[] {
  return items.filter((i) => i.phase !== 'waiting' && i.phase !== 'done' && i.phase !== 'skipped')
}

/** Something that could not be done, and why. */
export interface Failure {
  readonly name: string
  readonly error: ErrorBody
}

/** What could not be pushed, installed or done; the rest of the job was. */
export function failuresOf(job: Pick<Job, 'result' | 'installed' | 'acted'>): readonly Failure[] {
  return (job.result ?? job.installed ?? job.acted)?.failed ?? []
}

/** How far one package of an install is: the part of each step, from 0 to 1. */
export interface InstallSteps {
  readonly fetch: number
  readonly unpack: number
  readonly register: number
}

/** The steps that come before the one under way are done. A failed item says no more how far it came. */
export function installSteps({ phase, done, total }: JobItem): InstallSteps {
  const part = total > 0 ? Math.min(1, done / total) : 0
  switch (phase) {
    case 'fetch':
      return { fetch: part, unpack: 0, register: 0 }
    case 'unpack':
      return { fetch: 1, unpack: part, register: 0 }
    case 'register':
      // It takes a moment, and nothing of it can be measured.
      return { fetch: 1, unpack: 1, register: 0.5 }
    case 'done':
    case 'skipped':
      return { fetch: 1, unpack: 1, register: 1 }
    case 'waiting':
    case 'failed':
    // A push, an act and a run of Spack have none of these steps.
    case 'pack':
    case 'upload':
    case 'act':
    case 'build':
      return { fetch: 0, unpack: 0, register: 0 }
    default:
      return assertNever(phase)
  }
}

/** How much of one thing an act has done, from 0 to 1. */
export function actPart({ phase, done, total }: JobItem): number {
  if (phase === 'done' || phase === 'skipped') return 1
  return phase === 'act' && total > 0 ? Math.min(1, done / total) : 0
}

/** A line of the log, or a tag, with digests and the DAG hashes in tags cut to what people read. */
export function shortenLine(message: string): string {
  return message
    .replace(/sha256:[0-9a-f]{64}/g, (digest) => shortDigest(digest))
    .replace(/\b[a-z2-7]{32}(?=\.spack\b)/g, (hash) => shortHash(hash))
}
