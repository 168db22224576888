import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf } from '../../main/registry/digest.ts'
import { mediaTypes } from '../../main/registry/media-types.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import { missingProgram } from '../support/programs.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { image, pushImage } from '../support/registry/images.ts'

const skip = (await missingProgram('skopeo')) ?? (await missingDockerRegistry())
const run = promisify(execFile)

describe.skipIf(skip)(`skopeo and we${skip ? ` (skipped: ${skip})` : ''}`, () => {
  let folder = ''
  let registry: DockerRegistry
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-skopeo-'))
    registry = await startDockerRegistry()
  })
  afterAll(async () => {
    await registry.close()
    await rm(folder, { recursive: true, force: true })
  })

  const places = () => [
    {
      ours: (name: string) => `oci-layout://${folder}/${name}`,
      theirs: (name: string, tag: string) => `oci:${folder}/${name}:${tag}`,
    },
    {
      ours: (name: string) => `oci+http://${registry.host}/${name}`,
      theirs: (name: string, tag: string) => `docker://${registry.host}/${name}:${tag}`,
    },
  ]

  it.each(['oci', 'docker'] as const)('skopeo reads the %s images that we wrote', async (form) => {
    // In a folder skopeo sees OCI manifests only.
    for (const place of form === 'oci' ? places() : places().slice(1)) {
      const pushed = image(form, form)
      const repository = await openRepository(parseReference(place.ours(`ours-${form}`)))
      await pushImage(repository, pushed, 'one')
      await pushImage(repository, image(form, 'another'), 'two')
      const { stdout } = await run('skopeo', [
        'inspect',
        '--raw',
        '--tls-verify=false',
        place.theirs(`ours-${form}`, 'one'),
      ])
      expect(digestOf(Buffer.from(stdout))).toBe(digestOf(pushed.manifest))
      // A copy reads and verifies every blob.
      const copy = join(folder, `copy-${form}-${Math.random()}`)
      await run('skopeo', ['copy', '--src-tls-verify=false', place.theirs(`ours-${form}`, 'one'), `dir:${copy}`])
      await repository.close()
    }
  })

  it('we read the images that skopeo wrote, OCI and Docker schema 2, from a folder and from a registry', async () => {
    const source = image('oci', 'source')
    const from = await openRepository(parseReference(`oci-layout://${folder}/source`))
    await pushImage(from, source, 'tag')
    const wanted = [
      { place: 0, format: 'oci', mediaType: mediaTypes.ociManifest },
      { place: 1, format: 'oci', mediaType: mediaTypes.ociManifest },
      { place: 1, format: 'v2s2', mediaType: mediaTypes.dockerManifest },
    ] as const
    for (const { place, format, mediaType } of wanted) {
      const target = places()[place]
      if (!target) continue
      const name = `theirs-${format}`
      const copy = [
        'copy',
        '--dest-tls-verify=false',
        '--format',
        format,
        `oci:${folder}/source:tag`,
        target.theirs(name, 'copied'),
      ]
      await run('skopeo', copy)
      const repository = await openRepository(parseReference(target.ours(name)))
      const manifest = await repository.getManifest('copied')
      expect(manifest?.mediaType).toBe(mediaType)
      expect(await repository.tags()).toEqual(['copied'])
      const [layer] = source.layers
      if (!layer) continue
      expect((await repository.readBlobBytes(layer, { limit: 1_000_000 })).equals(layer.bytes)).toBe(true)
      // And we write beside what they wrote without losing it.
      await pushImage(repository, image('oci', 'beside'), 'beside')
      expect([...(await repository.tags())].sort()).toEqual(['beside', 'copied'])
      await repository.close()
    }
  })
})
