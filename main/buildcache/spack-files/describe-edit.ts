import { basename, dirname } from 'node:path'
import type { Finding } from '../../api/models.ts'
import type { FileEdit, FileEditRequest, FileFinding, MirrorSettings } from '../../api/spack-files.ts'
import type { ScopeFile } from '../../spack/edit/scope-file.ts'
import { isWritable } from '../../spack/files.ts'
import { asObject } from '../../spack/json.ts'
import { listNames } from '../../support/findings.ts'
import { unifiedDiff } from '../../support/line-diff.ts'
import { clean } from '../../support/redact.ts'
import { isOci, parseMirror } from '../mirror-logins.ts'
import { concretizeCommand } from '../push/command.ts'
import { configurationOf, type Subject } from './place.ts'

/** An edit with the file that it goes to. */
export interface DescribedEdit {
  readonly request: FileEditRequest
  readonly place: ScopeFile
  readonly subject: Subject
}

/** The difference as it may be shown: what is known to be a secret is hidden. */
export function shownDiff(before: string, after: string, file: string, exists: boolean): string {
  return clean(unifiedDiff(before, after, { old: exists ? file : '/dev/null', new: file }))
}

/** Whether Spack would refuse the file for it. */
export function isProblem({ severity }: FileFinding): boolean {
  return severity === 'problem'
}

/** What the edit brought; what was wrong before is not its doing. */
export function newFindings(before: readonly FileFinding[], after: readonly FileFinding[]): FileFinding[] {
  const known = new Set(before.map(({ message }) => message))
  return after.filter(({ message }) => !known.has(message))
}

/** What should be known before an edit is written. */
export async function findingsOf({ request, place, subject }: DescribedEdit): Promise<Finding[]> {
  const { edit } = request
  const findings: Finding[] = []
  const { instance, environment } = subject
  if (!(await isWritable(place.file, instance?.sysroot))) {
    findings.push({
      severity: 'problem',
      message: `${dirname(place.file)} may not be written to`,
      hint: 'Check who owns it and its mode, or choose another scope.',
    })
  }
  if (edit.kind === 'add-specs' || edit.kind === 'remove-specs' || edit.kind === 'change-spec') {
    const hint = environment && `Then run: ${concretizeCommand(request.environment ?? environment.folder)}`
    findings.push({
      severity: 'note',
      message: 'What is installed changes only when the environment is concretized',
      hint,
    })
  }
  if (edit.kind === 'add-mirror' || edit.kind === 'only-mirrors') {
    findings.push(...(await hiddenMirrors(edit, place, subject)))
  }
  if (edit.kind === 'add-mirror' || edit.kind === 'set-mirror') findings.push(...unreadableUrls(edit.settings))
  if (edit.kind === 'hide-secret' && edit.to === 'variable') {
    findings.push({
      severity: 'warning',
      message: `The secret leaves the file, and Spack reads $${edit.variable ?? ''} from then on`,
      hint: 'Copy it first to where the variable is set; it is in no other file.',
    })
  }
  if (edit.kind === 'set-padding') {
    findings.push({
      severity: 'note',
      message: 'Another padding is another store: packages that are installed stay where they are',
      hint: 'strata padding shows which have to be built again.',
    })
  }
  return findings
}

/** Which mirrors of other scopes a change makes count no longer. */
async function hiddenMirrors(
  edit: FileEdit & { kind: 'add-mirror' | 'only-mirrors' },
  { scope }: ScopeFile,
  subject: Subject,
): Promise<readonly Finding[]> {
  const configuration = await configurationOf(subject)
  // The lowest stands first.
  const rank = (name: string | undefined): number => configuration.scopes.findIndex((one) => one.name === name)
  const own = rank(scope) === -1 ? configuration.scopes.length : rank(scope)
  const mirrors = Object.keys(asObject(configuration.get(['mirrors'])) ?? {})
  if (edit.only) {
    const lower = mirrors.filter((name) => rank(configuration.origin(['mirrors', name])?.scope) < own)
    if (lower.length === 0) return []
    return [{ severity: 'note', message: `With mirrors:: these count no longer: ${listNames(lower)}` }]
  }
  if (edit.kind === 'only-mirrors') return []
  const same = configuration.origin(['mirrors', edit.name])
  if (same === undefined || same.scope === scope) return []
  const message =
    rank(same.scope) < own
      ? `It stands over the mirror ${edit.name} of the scope ${same.scope} (${same.file})`
      : `The mirror ${edit.name} of the scope ${same.scope} (${same.file}) stands over it`
  return [{ severity: 'note', message }]
}

/** Addresses of registries that Spack would take, and that name no repository. */
function unreadableUrls({ url, fetch, push }: MirrorSettings): readonly Finding[] {
  const bad = [...new Set([url, fetch, push])].filter((one) => isOci(one) && parseMirror(one ?? '') === undefined)
  return bad.map((one) => ({
    severity: 'problem',
    message: `${one} is not the address of a repository`,
    hint: 'Write oci://HOST[:PORT]/NAME.',
  }))
}

/** An edit in a few words. */
export function titleOf(edit: FileEdit, { scope, file }: ScopeFile): string {
  const where = scope.startsWith('env:') ? scope.slice('env:'.length) : `${basename(file)} of the ${scope} scope`
  switch (edit.kind) {
    case 'create':
      return `Create the environment ${edit.name}`
    case 'add-specs':
      return `Add ${edit.specs.join(', ')} to ${where}`
    case 'remove-specs':
      return `Remove ${edit.specs.join(', ')} from ${where}`
    case 'change-spec':
      return `Change ${edit.from} to ${edit.to} in ${where}`
    case 'set-view':
      return `Set the view of ${where}`
    case 'set-padding':
      return edit.length === 0 ? `Take the padding out of ${where}` : `Pad the store to ${edit.length} in ${where}`
    case 'add-mirror':
      return `Add the mirror ${edit.name} to ${where}`
    case 'set-mirror':
      return `Change the mirror ${edit.name} in ${where}`
    case 'remove-mirror':
      return `Remove the mirror ${edit.name} from ${where}`
    case 'only-mirrors':
      return edit.only ? `Use only the mirrors of ${where}` : `Use the mirrors of lower scopes beside those of ${where}`
    case 'hide-secret':
      return `Move the secret of the mirror ${edit.name} out of ${where}`
    case 'text':
      return `Edit ${where}`
  }
}
