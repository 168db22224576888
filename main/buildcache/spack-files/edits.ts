import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import type {
  FileEdit,
  FileEditPlan,
  FileEditRequest,
  FileEditResult,
  FileEditWait,
  FileFinding,
} from '../../api/spack-files.ts'
import { parseScope } from '../../registry/credentials/scope.ts'
import { readConfiguration } from '../../spack/config/configuration.ts'
import { newManifest } from '../../spack/edit/create-environment.ts'
import { type FileText, readToEdit, writeEdited } from '../../spack/edit/edited-file.ts'
import { editYaml, type YamlEdit } from '../../spack/edit/edits.ts'
import { isParted, writtenSecrets } from '../../spack/edit/mirrors.ts'
import type { ScopeFile } from '../../spack/edit/scope-file.ts'
import { type EditableYaml, openYaml, refuseEdit, valueAt } from '../../spack/edit/yaml-text.ts'
import { asObject, asString } from '../../spack/json.ts'
import type { WaitOptions } from '../../spack/locks/acquire.ts'
import { lockEnvironment } from '../../spack/locks/environment-lock.ts'
import { checkFile, checkYaml, type FileToCheck } from '../../spack/schema/check-file.ts'
import { StrataError } from '../../support/errors.ts'
import { diffLines } from '../../support/line-diff.ts'
import { mergeLines } from '../../support/merge-lines.ts'
import { parseMirror } from '../mirror-logins.ts'
import { PlanShelf, stalePlan } from '../plan-shelf.ts'
import { type Host, ownerOf } from '../source.ts'
import { spackCommand, strataCommand } from './commands.ts'
import { type DescribedEdit, findingsOf, isProblem, newFindings, shownDiff, titleOf } from './describe-edit.ts'
import { openSubject, placeOfEdit, type Subject } from './place.ts'

/** Plans changes of Spack's own files, and writes them. */
export interface FileEdits {
  /** Reads and decides, changes nothing. */
  plan(request: FileEditRequest): Promise<FileEditPlan>
  /**
   * Writes what the plan showed. Where the file was changed since, the same change is made to what it says now, if that
   * changes the same lines; else throws `file-changed`, and the file stays as it is. Throws `lock-timeout` while a Spack
   * changes the environment.
   */
  apply(planId: string): Promise<FileEditResult>
}

interface KeptEdit extends DescribedEdit {
  readonly before: FileText
  readonly after: string
}

/** Milliseconds that a write waits for a Spack that changes the environment; a window would look frozen for longer. */
const patience = 5000

export function createFileEdits({
  host,
  lockTimeout = patience,
  onWait,
}: {
  readonly host: () => Host
  readonly lockTimeout?: number
  /** A write waits for another program. */
  readonly onWait?: (wait: FileEditWait) => void
}): FileEdits {
  const shelf = new PlanShelf<KeptEdit>(async () => undefined)
  // One write at a time: two of one process would take each other's temporary file.
  let writing: Promise<unknown> = Promise.resolve()
  const checkBefore = rememberLast()
  return {
    plan: async (request) => {
      const { kept, plan } = await prepare(request, host(), checkBefore)
      await shelf.put(plan.id, kept)
      return plan
    },
    apply: async (planId) => {
      const { plan, done } = await shelf.take(planId, async () => undefined)
      const waiting = { timeout: lockTimeout, onWait: (holder: string) => onWait?.({ plan: planId, holder }) }
      const written = writing.then(() => writeLocked(plan, host(), waiting))
      writing = written.catch(() => undefined)
      try {
        return await written
      } finally {
        await done()
      }
    },
  }
}

type TextEdit = FileEdit & { readonly kind: 'text' }
type CheckBefore = (input: FileToCheck) => readonly FileFinding[]

/** A window plans an edit with every letter that is typed: the file as it was is checked once while it stays so. */
function rememberLast(): CheckBefore {
  let last: { readonly key: string; readonly findings: readonly FileFinding[] } | undefined
  return (input) => {
    const key = JSON.stringify([input.kind, input.version, input.file, input.text])
    if (last?.key !== key) last = { key, findings: checkFile(input) }
    return last.findings
  }
}

async function prepare(
  request: FileEditRequest,
  host: Host,
  checkBefore: CheckBefore,
): Promise<{ kept: KeptEdit; plan: FileEditPlan }> {
  const { edit } = request
  const subject = await subjectOf(request, host)
  const place = await placeOfEdit(request, subject, host)
  const sysroot = subject.instance?.sysroot
  const before = await readToEdit(place.file, sysroot)
  const old = edit.kind === 'text' ? undefined : openYaml(before.text, place.file)
  const after = await editedText(old, edit, { before, place, subject })
  const kept = { request, place, subject, before, after: after.text }
  const kind = { kind: place.base.length > 0 ? 'environment' : 'scope', version: subject.instance?.version } as const
  // Also for the secrets in it, which are hidden once they are known.
  const known = checkBefore({ ...kind, text: before.text, file: place.file })
  const checks =
    'document' in after ? checkYaml(after, kind) : checkFile({ ...kind, text: after.text, file: place.file })
  const plan: FileEditPlan = {
    id: randomUUID(),
    title: titleOf(edit, place),
    file: place.file,
    scope: place.scope,
    creates: !before.exists,
    diff: shownDiff(before.text, after.text, place.file, before.exists),
    empty: before.exists && before.text === after.text,
    checks: edit.kind === 'text' ? [...checks] : newFindings(known, checks),
    findings: await findingsOf(kept),
    command: strataCommand(request),
    spackCommand: old && makesOneUrl(edit, old, place) ? undefined : spackCommand(request, place.scope),
  }
  return { kept, plan }
}

/** Whether a mirror gets one URL in the place of two: Spack's `mirror set --url` leaves the two, which overrule it. */
function makesOneUrl(edit: FileEdit, old: EditableYaml, { base }: ScopeFile): boolean {
  return edit.kind === 'set-mirror' && edit.settings.url !== undefined && isParted(old, base, edit.name)
}

/** An environment that is to be created is not looked for. */
async function subjectOf(request: FileEditRequest, host: Host): Promise<Subject> {
  if (request.edit.kind !== 'create') return openSubject(request, host)
  const { spack, sysroot } = request
  const found = openSubject({ spack, sysroot }, host)
  if (request.edit.place === 'named' || spack !== undefined) return found
  return found.catch(() => ({ instance: undefined, owner: ownerOf(undefined, request, host), environment: undefined }))
}

/** The text of an editor; with what somebody else has written since it was read. Throws `file-changed`. */
function newText({ text, digest, base }: TextEdit, now: FileText, place: ScopeFile): { readonly text: string } {
  if (digest === undefined || digest === now.digest) return { text }
  const merged = base === undefined ? undefined : mergeLines(base, text, now.text)
  if (merged === undefined) throw changedMeanwhile(place)
  return { text: merged }
}

async function editedText(
  old: EditableYaml | undefined,
  edit: FileEdit,
  { before, place, subject: { instance } }: { before: FileText; place: ScopeFile; subject: Subject },
): Promise<EditableYaml | { readonly text: string }> {
  if (edit.kind === 'text') return newText(edit, before, place)
  if (old === undefined) return { text: '' }
  if (edit.kind !== 'create') return editYaml(old, yamlEdit(edit), { base: place.base, version: instance?.version })
  const configuration = instance && (await readConfiguration(instance, undefined, ['concretizer']))
  const unify = configuration?.get(['concretizer', 'unify']) ?? true
  return { text: newManifest(edit, unify === false ? false : (asString(unify) ?? true)) }
}

function yamlEdit(edit: Exclude<FileEdit, { kind: 'text' | 'create' }>): YamlEdit {
  if (edit.kind !== 'hide-secret') return edit
  if (edit.to === 'variable' && edit.variable === undefined) {
    throw new StrataError('usage', 'which variable will hold the secret is missing', {
      hint: 'Name it: --hide-secret NAME.',
    })
  }
  return { kind: 'hide-secrets', name: edit.name, variable: edit.to === 'variable' ? edit.variable : undefined }
}

// ---- writing ---------------------------------------------------------------------------------------------------------

/** An environment's own file is written under the lock that its Spack takes. */
async function writeLocked(kept: KeptEdit, host: Host, waiting: WaitOptions): Promise<FileEditResult> {
  const { file, base } = kept.place
  if (base.length === 0) return write(kept, host)
  const lock = await lockEnvironment(dirname(file), kept.subject.instance?.sysroot, waiting)
  try {
    return await write(kept, host)
  } finally {
    lock.release()
  }
}

async function write(kept: KeptEdit, host: Host): Promise<FileEditResult> {
  const { request, place, subject, before, after } = kept
  const sysroot = subject.instance?.sysroot
  const now = await readToEdit(place.file, sysroot)
  const merged = now.digest !== before.digest || now.exists !== before.exists
  const text = merged ? await mergedText(kept, now) : after
  if (request.edit.kind === 'hide-secret' && request.edit.to === 'keychain') {
    await keepSecret(openYaml(now.text, place.file), place, request.edit.name, host)
  }
  await writeEdited(place.file, text, now, sysroot)
  const created = request.edit.kind === 'create' ? { created: request.edit.name } : {}
  return { file: place.file, merged, diff: shownDiff(now.text, text, place.file, now.exists), ...created }
}

async function mergedText({ request, place, subject, before, after }: KeptEdit, now: FileText): Promise<string> {
  const { edit } = request
  if (!now.exists || !before.exists || edit.kind === 'create') throw changedMeanwhile(place)
  if (edit.kind === 'text') {
    const merged = mergeLines(before.text, after, now.text)
    if (merged === undefined || checkFile({ text: merged, file: place.file, kind: 'environment' }).some(isProblem)) {
      throw changedMeanwhile(place)
    }
    return merged
  }
  const { text } = await editedText(openYaml(now.text, place.file), edit, { before: now, place, subject })
  const shown = JSON.stringify(diffLines(before.text, after).map(({ removed, added }) => [removed, added]))
  const made = JSON.stringify(diffLines(now.text, text).map(({ removed, added }) => [removed, added]))
  if (shown !== made) throw changedMeanwhile(place)
  return text
}

function changedMeanwhile({ file }: ScopeFile): StrataError {
  return new StrataError('file-changed', `${file} was changed by somebody else meanwhile; nothing was written`, {
    hint: 'Look at the difference again.',
    details: { file },
    cause: stalePlan('its file was changed'),
  })
}

/** Keeps a mirror's login in Strata's keychain before it leaves the file. Throws `no-keychain`. */
async function keepSecret(yaml: EditableYaml, { base }: ScopeFile, name: string, { keychain }: Host): Promise<void> {
  const path = [...base, 'mirrors', name]
  const mirror = valueAt(yaml, path)
  const [secret, ...others] = writtenSecrets(yaml, base, name)
  const sides = asObject(mirror?.value)
  const url = asString(sides?.url) ?? asString(sides?.push) ?? asString(asObject(sides?.push)?.url) ?? ''
  const reference = parseMirror(url)
  if (!secret || !mirror || reference?.kind !== 'registry' || others.some((one) => one.secret !== secret.secret)) {
    throw refuseEdit(
      yaml,
      mirror?.place,
      `the login of ${name} is not one login for a registry`,
      'Name a variable for it instead.',
    )
  }
  const { scope } = parseScope(`${reference.registry}/${reference.repository}`)
  const login =
    secret.kind === 'token'
      ? ({ kind: 'token', token: secret.secret } as const)
      : ({ kind: 'basic', username: secret.id ?? '', password: secret.secret } as const)
  await keychain.write(scope, login, { allowFile: false })
}
