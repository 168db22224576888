import type { Finding } from '../../api/models.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import { withoutColours } from '../../jobs/output-lines.ts'
import { type PackagePhase, readSpackLines, type SpackEvent, type Subject } from '../../spack/run/lines.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import { assertNever } from '../../support/assert.ts'

/** Errors that are kept: the first say what happened, the rest follow from them. */
const ERRORS = 20
/** Lines whose end may matter when Spack fails without a word of error. */
const LAST = 5
/** Lines that explain an error below its first, as Spack indents them: why it could not be concretized, say. */
const EXPLAINED = 4
/** Packages that are shown one by one; more is garbage that looks like Spack's lines. */
const ITEMS = 20_000

/** Turns what Spack prints into a job's progress, and into what is to be said of it when it has ended. */
export interface Follower {
  line(text: string): void
  /** What went wrong, the first error first. With no error in its words, the last lines. */
  findings(): readonly Finding[]
}

/** `known`: the packages that are expected, by DAG hash; others show themselves as they come. */
export function followSpack(
  { progress, log }: Pick<JobContext, 'progress' | 'log'>,
  known: ReadonlyMap<string, Pick<SpecNode, 'name' | 'version'>>,
): Follower {
  const read = readSpackLines()
  const items = new Set<string>()
  const ended = new Set<string>()
  const inWork = new Map<string, string>()
  const errors = new Map<string, Finding>()
  const logs = new Map<string, Finding>()
  const last: string[] = []
  /** The error that the next lines may explain, and how many have. */
  let open: { readonly text: string; readonly lines: number } | undefined
  const hashes = [...known.keys()]

  /** The key of an item: the full DAG hash where it is known, else as Spack names it. */
  const keyOf = ({ hash, label }: Subject): string => {
    if (hash !== undefined) return known.has(hash) ? hash : (hashes.find((one) => one.startsWith(hash)) ?? hash)
    // A phase names the package alone; the one of that name that was begun last.
    return inWork.get(label) ?? label
  }
  const nameOf = (subject: Subject): string => {
    const node = known.get(keyOf(subject))
    return node ? `${node.name}@${node.version}` : subject.label
  }
  const take = (event: SpackEvent): void => {
    switch (event.kind) {
      case 'count':
        progress.expect(Math.min(event.total, ITEMS))
        return
      case 'package': {
        const key = keyOf(event.subject)
        // The first end that is said stands: 1.1 says `Installing` of what it has just taken out of a cache,
        // and of what was skipped every Spack says that it failed when the packages above it are skipped.
        if (ended.has(key) || (!items.has(key) && items.size >= ITEMS)) return
        items.add(key)
        if (isEnd(event.phase)) ended.add(key)
        const name = nameOf(event.subject)
        progress.add({ key, name, stages: [] })
        progress.enter(key, event.phase, event.doing)
        // `tinylib-1.0` and `tinylib@1.0` are called tinylib.
        inWork.set(known.get(key)?.name ?? name.replace(/(?:@|-\d).*$/, ''), key)
        return
      }
      case 'error':
        if (errors.size >= ERRORS || errors.has(event.text)) return
        errors.set(event.text, { severity: 'problem', message: event.text })
        open = { text: event.text, lines: 0 }
        log(event.text)
        return
      case 'build-log': {
        if (logs.size >= ERRORS) return
        if (event.subject) take({ kind: 'package', subject: event.subject, phase: 'failed' })
        const name = event.subject ? nameOf(event.subject) : 'a package'
        const hash = event.subject?.hash && keyOf(event.subject)
        const hint = `Its build log: ${event.path}`
        logs.set(event.path, { severity: 'problem', message: `${name} could not be built`, hint, hash })
        log(`build log: ${event.path}`)
        return
      }
      default:
        assertNever(event)
    }
  }
  const explain = (line: string): void => {
    if (open === undefined || line.trim() === '') return
    const error = errors.get(open.text)
    open = /^\s/.test(line) && open.lines < EXPLAINED ? { ...open, lines: open.lines + 1 } : undefined
    if (open && error) errors.set(open.text, { ...error, message: `${error.message}\n${line.slice(0, 500)}` })
  }
  return {
    line: (text) => {
      const plain = withoutColours(text)
      if (plain.trim() !== '') last.push(plain.slice(0, 500))
      if (last.length > LAST) last.shift()
      explain(plain)
      for (const event of read(plain)) take(event)
    },
    findings: () => {
      const said = [...errors.values()].filter(({ message }) => !isConsequence(message))
      const found = [...logs.values(), ...(said.length > 0 ? said : errors.values())]
      if (found.length > 0) return found
      return last.length > 0 ? [{ severity: 'problem', message: last.join('\n') }] : []
    },
  }
}

function isEnd(phase: PackagePhase): boolean {
  return phase === 'done' || phase === 'failed' || phase === 'skipped'
}

/** What Spack says at the end of every install that failed. */
function isConsequence(message: string): boolean {
  return /: Package was not installed$|^Installation request failed\b/.test(message)
}
