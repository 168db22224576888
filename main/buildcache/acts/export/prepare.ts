import { readImageTree } from '../../../registry/copy.ts'
import type { Digest } from '../../../registry/digest.ts'
import { archivePath } from '../../../registry/image-archive.ts'
import type { Repository } from '../../../registry/repository.ts'
import { StrataError } from '../../../support/errors.ts'
import { stalePlan } from '../../plan-shelf.ts'
import { readManifest } from '../../remote-package.ts'
import type { ActSetting, PreparedAct } from '../act.ts'
import { planOf } from '../plan.ts'
import { archiveTarget, chooseImage, folderTarget, requireBlobs } from './decide.ts'
import { describeExport } from './describe.ts'
import { bytesOf, type ExportRequest, isThere, itemKey, type PreparedExport } from './prepared.ts'
import { runExport } from './run.ts'

/**
 * Plans to write an image to a file or folder of this machine: no packages that it may need, no index. Of an image index a
 * folder takes the whole, or one platform; an archive takes one image.
 * Throws `usage` for another target, `registry-not-found` for an image that is not there or that the registry has lost
 * layers of, and `platform-missing`, saying which there are.
 */
export async function prepareExport(request: ExportRequest, setting: ActSetting): Promise<PreparedAct> {
  const { repository, store, signal } = setting
  const found = await readManifest(repository, store, request.image, { signal })
  if (!found) throw new StrataError('registry-not-found', `there is no image ${request.image}`)
  const file = archivePath(request.to)
  const image = await chooseImage(request, found, file !== undefined, setting)
  const tree = await readImageTree(repository, image.digest, (name) =>
    readManifest(repository, store, name, { signal }),
  )
  await requireBlobs(repository, tree, request.image, signal)
  const target = file === undefined ? await folderTarget(request, tree, setting) : await archiveTarget(file)
  const prepared: PreparedExport = { request, image, tree, target }
  const bytes = bytesOf(prepared)
  return {
    plan: planOf(request, setting, describeExport(prepared)),
    items: [{ key: itemKey, name: request.image, stages: [{ phase: 'fetch', bytes }] }],
    checkFresh: () => checkFresh(prepared, found.digest, repository),
    run: (context) => runExport(prepared, setting, context),
  }
}

async function checkFresh({ request, target }: PreparedExport, digest: Digest, source: Repository): Promise<void> {
  if ((await source.headManifest(request.image))?.digest !== digest)
    throw stalePlan(`${request.image} is another image now`)
  if (target.kind === 'archive') {
    if ((await isThere(target.file)) && !target.replaces) throw stalePlan(`${target.file} is there now`)
    return
  }
  const now = (await target.repository.headManifest(target.tag))?.digest
  if (now !== target.replaces) throw stalePlan(`the tag ${target.tag} has changed`)
}
