import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { plural } from '../../api/format.ts'
import type { LayoutReference } from '../../registry/reference.ts'
import type { Repository } from '../../registry/repository.ts'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { type Outcome, ok, type Step, skipped } from './examination.ts'

/** An OCI layout folder and its way in. */
export interface FolderExamination {
  readonly reference: LayoutReference
  readonly target: Repository
}

/** What can be tried with a folder: it is there, it is a layout, it can be read and written. */
export const folderSteps: readonly Step<FolderExamination>[] = [
  { key: 'name', needs: [], run: checkFolder },
  ...(['proxy', 'connect', 'tls'] as const).map((key) => ({ key, needs: [], run: notNeeded })),
  { key: 'api', needs: ['name'], run: checkLayout },
  ...(['login', 'token'] as const).map((key) => ({ key, needs: [], run: notNeeded })),
  { key: 'pull', needs: ['api'], run: checkTags },
  { key: 'push', needs: ['name'], run: checkWritable },
  ...(['mount', 'delete'] as const).map((key) => ({ key, needs: [], run: notNeeded })),
]

async function notNeeded(): Promise<Outcome> {
  return skipped('a folder needs none')
}

async function checkFolder({ reference: { path } }: FolderExamination): Promise<Outcome> {
  const found = await stat(path).catch(missing(path))
  if (!found) return ok(`${path} does not exist yet; the first push makes it`)
  if (found.isDirectory()) return ok(`${path} is a folder`)
  throw new StrataError('layout-invalid', `${path} is not a folder`, {
    hint: 'Name a folder, or one that is not there yet.',
  })
}

async function checkLayout({ reference: { path }, target }: FolderExamination, signal: AbortSignal): Promise<Outcome> {
  const there = await stat(`${path}/oci-layout`).catch(missing(path))
  // Reads the index, which says what is wrong with it.
  await target.tags({ signal })
  return ok(there ? 'an OCI image layout' : 'not a layout yet; the first push makes it one')
}

async function checkTags({ target }: FolderExamination, signal: AbortSignal): Promise<Outcome> {
  const tags = await target.tags({ signal })
  return ok(tags.length === 0 ? 'no tags yet' : plural(tags.length, 'tag'))
}

/** Whether the folder, or the nearest one above it that exists, may be written; writes nothing. */
async function checkWritable({ reference: { path } }: FolderExamination): Promise<Outcome> {
  let folder = path
  while (!(await stat(folder).catch(missing(folder))) && dirname(folder) !== folder) folder = dirname(folder)
  await access(folder, constants.W_OK | constants.X_OK).catch((thrown: unknown) => {
    throw new StrataError('permission-denied', `${folder} may not be written`, {
      hint: 'Check who owns it and its mode.',
      cause: thrown,
    })
  })
  return ok(folder === path ? 'may be written' : `may be made in ${folder}`)
}

/** Undefined for what is not there; every other error stands. */
function missing(path: string): (thrown: unknown) => undefined {
  return (thrown) => {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw toStrataError(thrown, path)
  }
}
