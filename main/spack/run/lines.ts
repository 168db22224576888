/** A package as a line names it. */
export interface Subject {
  /** The DAG hash, or the beginning of it. */
  readonly hash?: string
  /** `zlib`, `zlib-1.3` or `zlib@1.3`: a dash may stand in the name as well. */
  readonly label: string
}

export type PackagePhase = 'waiting' | 'fetch' | 'unpack' | 'register' | 'build' | 'done' | 'failed' | 'skipped'

/** What a line of Spack's output tells. */
export type SpackEvent =
  | { readonly kind: 'count'; readonly total: number }
  /** `doing`: of a build the phase in Spack's words. */
  | { readonly kind: 'package'; readonly subject: Subject; readonly phase: PackagePhase; readonly doing?: string }
  | { readonly kind: 'error'; readonly text: string; readonly subject?: Subject }
  | { readonly kind: 'build-log'; readonly path: string; readonly subject?: Subject }

const fullId = /^(.+)-([a-z2-7]{32})$/

/**
 * Reads Spack's lines, which must come without colours, one after the other.
 *
 * 0.21 to 1.x print `==> Installing name-version-hash [1/12]`, `==> name: Executing phase: 'build'`, `[+] /prefix`
 * (`installer.py`); the new installer of 1.1 prints `abcdefg name@version: state` where there is no terminal
 * (`new_installer.py`, `update_state`). A line that is neither tells nothing.
 */
export function readSpackLines(): (line: string) => readonly SpackEvent[] {
  /** The package that was begun last: some lines do not say whom they are about. */
  let current: Subject | undefined
  let logFollows = false
  return (line) => {
    if (logFollows && line.trim() !== '') {
      logFollows = false
      return [{ kind: 'build-log', path: line.trim(), subject: current }]
    }
    if (/^See build log for details:$/.test(line.trim())) logFollows = true
    const message = /^==> (?:\[[-\d:.]+\] )?(?:\d+: )?(.*)$/.exec(line)?.[1]
    const events = message === undefined ? readPlain(line, current) : readMessage(message, current)
    for (const event of events) {
      if (event.kind === 'package' && event.subject.hash !== undefined && event.phase !== 'done')
        current = event.subject
    }
    return events
  }
}

/** What follows `==> `. */
function readMessage(message: string, current: Subject | undefined): readonly SpackEvent[] {
  const installing = /^Installing (\S+)(?: \[(\d+)\/(\d+)\])?$/.exec(message)
  if (installing) {
    const [, id = '', , total] = installing
    return [
      ...(total === undefined ? [] : [{ kind: 'count', total: Number(total) } as const]),
      { kind: 'package', subject: subjectOf(id), phase: 'build' },
    ]
  }
  const fromSource = /^No binary for (\S+) found: installing from source$/.exec(message)?.[1]
  if (fromSource !== undefined) return [{ kind: 'package', subject: subjectOf(fromSource), phase: 'build' }]
  const extracting = /^Extracting (\S+) from binary cache$/.exec(message)?.[1]
  if (extracting !== undefined) return [{ kind: 'package', subject: subjectOf(extracting), phase: 'unpack' }]
  if (/^Fetching \S+$/.test(message)) return current ? [{ kind: 'package', subject: current, phase: 'fetch' }] : []
  const [, label = '', doing] = /^(\S+): Executing phase: '([^']+)'$/.exec(message) ?? []
  if (doing !== undefined) return [{ kind: 'package', subject: { label }, phase: 'build', doing }]
  const installed = /^\S+: Successfully installed (\S+)$/.exec(message)?.[1]
  if (installed !== undefined) return [{ kind: 'package', subject: subjectOf(installed), phase: 'done' }]
  const [, gone = '', hash] = /^Successfully uninstalled (\S+).*\/([a-z2-7]{7,32})$/.exec(message) ?? []
  if (hash !== undefined) return [{ kind: 'package', subject: { label: plainLabel(gone), hash }, phase: 'done' }]
  const [, skipped = '', cause] = /^Warning: Skipping build of (\S+) since (\S+) failed$/.exec(message) ?? []
  if (cause !== undefined) {
    return [
      { kind: 'package', subject: subjectOf(cause), phase: 'failed' },
      { kind: 'package', subject: subjectOf(skipped), phase: 'skipped' },
    ]
  }
  const error = /^Error: (.*)$/.exec(message)?.[1]
  return error === undefined ? [] : readError(error)
}

function readError(text: string): readonly SpackEvent[] {
  // `name-version-hash: why`, and before it may stand `Failed to install name due to`, which names no hash.
  const [, id, why = ''] = /^(\S+-[a-z2-7]{32}): (.*)/.exec(text) ?? []
  if (id === undefined) return [{ kind: 'error', text }]
  const subject = subjectOf(id)
  // Said at the end of whatever is not there: of what failed, and of what was never begun because of it.
  const phase = why === 'Package was not installed' ? 'skipped' : 'failed'
  return [
    { kind: 'package', subject, phase },
    { kind: 'error', text: text.replace(id, subject.label), subject },
  ]
}

function readPlain(line: string, current: Subject | undefined): readonly SpackEvent[] {
  const external = /^\[\+\] .* \((?:external|upstream) (\S+-[a-z2-7]{32})\)$/.exec(line)?.[1]
  if (external !== undefined) return [{ kind: 'package', subject: subjectOf(external), phase: 'done' }]
  const prefix = /^\[\+\] (\/.*)$/.exec(line)?.[1]
  if (prefix !== undefined) {
    const id = fullId.exec(prefix.slice(prefix.lastIndexOf('/') + 1))
    const subject = id ? { label: id[1] ?? '', hash: id[2] } : current
    return subject ? [{ kind: 'package', subject, phase: 'done' }] : []
  }
  const [, hash, label = '', state] = /^([a-z2-7]{7}) ([\w.-]+@\S+): (\S.*)$/.exec(line) ?? []
  if (hash !== undefined && state !== undefined)
    return [{ kind: 'package', subject: { label, hash }, ...newState(state) }]
  const [, failed = '', full, path] = /^([\w.-]+@\S+)\/([a-z2-7]{32}): (\/\S.*)$/.exec(line) ?? []
  if (path !== undefined) return [{ kind: 'build-log', path, subject: { label: failed, hash: full } }]
  return []
}

/** The states of 1.1's new installer; what is none of these is a phase of a build. */
function newState(state: string): { readonly phase: PackagePhase; readonly doing?: string } {
  switch (state) {
    case 'starting':
      return { phase: 'waiting' }
    case 'fetching from build cache':
      return { phase: 'fetch' }
    case 'relocating':
      return { phase: 'unpack' }
    case 'finished':
      return { phase: 'done' }
    case 'failed':
      return { phase: 'failed' }
    default:
      return { phase: 'build', doing: state }
  }
}

function subjectOf(id: string): Subject {
  const [, label = id, hash] = fullId.exec(id) ?? []
  return { label, hash }
}

/** `zlib@1.3%gcc@12` is zlib 1.3. */
function plainLabel(spec: string): string {
  return spec.replace(/[%~+].*$/, '')
}
