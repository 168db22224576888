import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attachDocument } from '../../main/registry/attach.ts'
import { createCopier, readImageTree } from '../../main/registry/copy.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { isMissingBlob } from '../../main/registry/failure.ts'
import { mediaTypes } from '../../main/registry/media-types.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { failure } from '../support/registry/failing.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'
import { blob, collect, image, opener, pushImage } from '../support/registry/images.ts'

interface BackEnd {
  readonly name: string
  readonly skip?: string
  /** It cannot take a tag away alone. */
  readonly tagsStay?: boolean
  /** Its address for a repository's name, and how to end it. */
  start(): Promise<{ reference(name: string): string; close(): Promise<void> }>
}

const skip = await missingDockerRegistry()

const backEnds: readonly BackEnd[] = [
  {
    name: 'an OCI layout folder',
    start: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'strata-layout-'))
      return {
        reference: (name) => `oci-layout://${folder}/${name}`,
        close: () => rm(folder, { recursive: true, force: true }),
      }
    },
  },
  {
    name: 'a registry in this process',
    start: async () => {
      const registry = await startFaultRegistry({ pageSize: 3 })
      return { reference: (name) => `oci+http://${registry.host}/${name}`, close: registry.close }
    },
  },
  {
    name: 'a registry in this process that lists referrers',
    start: async () => {
      const registry = await startFaultRegistry({ referrers: true, refuseMounts: true })
      return { reference: (name) => `oci+http://${registry.host}/${name}`, close: registry.close }
    },
  },
  {
    name: "Debian's docker-registry",
    skip,
    tagsStay: true,
    start: async () => {
      const registry = await startDockerRegistry({ deletes: true })
      return { reference: (name) => `oci+http://${registry.host}/${name}`, close: registry.close }
    },
  },
]

for (const backEnd of backEnds) {
  describe.skipIf(backEnd.skip)(`${backEnd.name}${backEnd.skip ? ` (skipped: ${backEnd.skip})` : ''}`, () => {
    let running: Awaited<ReturnType<BackEnd['start']>>
    const open: Repository[] = []
    const repository = async (name: string) => {
      const one = await openRepository(parseReference(running.reference(name)))
      open.push(one)
      return one
    }
    beforeAll(async () => {
      running = await backEnd.start()
    })
    afterAll(async () => {
      for (const one of open) await one.close()
      await running.close()
    })

    it('has nothing in a repository that does not exist', async () => {
      const one = await repository('nothing')
      expect(await one.tags()).toEqual([])
      expect(await one.getManifest('latest')).toBeUndefined()
      expect(await one.headManifest(digestOf(Buffer.from('none')))).toBeUndefined()
      expect(await one.hasBlob(digestOf(Buffer.from('none')))).toBeUndefined()
    })

    it('gives back the bytes of a blob that it took', async () => {
      const one = await repository('blobs')
      const content = blob(3_000_000)
      const progress: number[] = []
      expect(await one.putBlob(content, opener(content), { onProgress: (sent) => progress.push(sent) })).toBe(
        'uploaded',
      )
      expect(progress.at(-1)).toBe(content.size)
      expect(await one.hasBlob(content.digest)).toEqual({ size: content.size })
      expect((await collect(await one.readBlob(content))).equals(content.bytes)).toBe(true)
      expect((await one.readBlobBytes(content, { limit: content.size })).equals(content.bytes)).toBe(true)
      expect((await one.readBlobStart(content, 7)).equals(content.bytes.subarray(0, 7))).toBe(true)
      expect((await one.readBlobStart(content, content.size + 1)).equals(content.bytes)).toBe(true)
    })

    it('takes an empty blob', async () => {
      const one = await repository('empty')
      const content = blob(0)
      await one.putBlob(content, opener(content))
      expect(await one.hasBlob(content.digest)).toEqual({ size: 0 })
      expect(await one.readBlobBytes(content, { limit: 0 })).toHaveLength(0)
    })

    it('does not open the content of a blob that is present', async () => {
      const one = await repository('present')
      const content = blob(1000)
      await one.putBlob(content, opener(content))
      let opened = 0
      const again = () => {
        opened += 1
        return opener(content)()
      }
      expect(await one.putBlob(content, again)).toBe('present')
      expect(opened).toBe(0)
    })

    it('does the work once when one digest is put many times at once', async () => {
      const one = await repository('once')
      const content = blob(500_000)
      let opened = 0
      const open = () => {
        opened += 1
        return opener(content)()
      }
      const results = await Promise.all(Array.from({ length: 6 }, () => one.putBlob(content, open)))
      expect(opened).toBe(1)
      expect(results.every((result) => result === 'uploaded')).toBe(true)
    })

    it('refuses content that is not what its descriptor says, keeps nothing of it, and takes the right content after', async () => {
      const one = await repository('wrong')
      const content = blob(100_000)
      const other = blob(100_000)
      expect((await failure(one.putBlob(content, opener(other)))).code).toBe('digest-mismatch')
      const shorter = blob(99_999)
      expect(['digest-mismatch', 'blob-damaged']).toContain((await failure(one.putBlob(content, opener(shorter)))).code)
      expect(await one.hasBlob(content.digest)).toBeUndefined()
      expect(await one.putBlob(content, opener(content))).toBe('uploaded')
    })

    it('says not found for a blob that is not there, and too large before reading more than was allowed', async () => {
      const one = await repository('absent')
      const content = blob(1000)
      expect((await failure(one.readBlob(content))).code).toBe('registry-not-found')
      await one.putBlob(content, opener(content))
      expect((await failure(one.readBlobBytes(content, { limit: 999 }))).code).toBe('size-exceeded')
      const lie = { digest: content.digest, size: 500 }
      expect((await failure(one.readBlobBytes(lie, { limit: 999 }))).code).toBe('size-exceeded')
    })

    it('writes and reads manifests by tag and by digest, with their media type', async () => {
      const one = await repository('manifests')
      for (const form of ['oci', 'docker'] as const) {
        const pushed = image(form)
        await pushImage(one, pushed, form)
        const digest = digestOf(pushed.manifest)
        const found = await one.getManifest(form)
        expect(found?.bytes.equals(pushed.manifest)).toBe(true)
        const expected = { digest, size: pushed.manifest.length, mediaType: pushed.mediaType }
        expect(found).toMatchObject(expected)
        expect(await one.headManifest(form)).toEqual(expected)
        expect(await one.headManifest(digest)).toEqual(expected)
      }
    })

    it('moves a tag to another manifest', async () => {
      const one = await repository('moved')
      await pushImage(one, image('oci', 'first'), 'tag')
      const second = image('oci', 'second')
      await pushImage(one, second, 'tag')
      expect((await one.headManifest('tag'))?.digest).toBe(digestOf(second.manifest))
      expect(await one.tags()).toEqual(['tag'])
    })

    it('refuses a manifest whose blobs are missing', async () => {
      const one = await repository('incomplete')
      const pushed = image('oci', 'incomplete')
      const refused = await failure(one.putManifest('tag', pushed.manifest, pushed.mediaType))
      expect(isMissingBlob(refused)).toBe(true)
      expect(await one.tags()).toEqual([])
    })

    it('keeps an image index and the manifest in it', async () => {
      const one = await repository('index')
      const child = image('oci', 'child')
      const digest = digestOf(child.manifest)
      await pushImage(one, child, digest)
      const descriptor = { mediaType: child.mediaType, digest, size: child.manifest.length }
      const index = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [descriptor] }),
      )
      await one.putManifest('multi', index, mediaTypes.ociIndex)
      expect((await one.getManifest('multi'))?.mediaType).toBe(mediaTypes.ociIndex)
      expect((await one.getManifest(digest))?.bytes.equals(child.manifest)).toBe(true)
    })

    it('lists every tag, over all pages', async () => {
      const one = await repository('tags')
      const pushed = image()
      const names = Array.from({ length: 10 }, (_, i) => `tag-${i}.spack`)
      for (const name of names) await pushImage(one, pushed, name)
      expect([...(await one.tags())].sort()).toEqual(names)
    })

    it('deletes a manifest with all its tags', async () => {
      const one = await repository('deleted')
      const pushed = image('oci', 'deleted')
      await pushImage(one, pushed, 'a')
      await pushImage(one, pushed, 'b')
      const digest = digestOf(pushed.manifest)
      expect(await one.deleteManifest(digest)).toBe(true)
      expect(await one.tags()).toEqual([])
      expect(await one.getManifest('a')).toBeUndefined()
      expect(await one.deleteManifest(digest)).toBe(false)
    })

    it('takes a tag away and leaves the manifest and its other tags, or says that the registry cannot', async () => {
      const one = await repository('untagged')
      const pushed = image('oci', 'untagged')
      await pushImage(one, pushed, 'a')
      await pushImage(one, pushed, 'b')
      expect(await one.deleteTag('none')).toBe(false)
      if (backEnd.tagsStay) {
        const refused = await failure(one.deleteTag('a'))
        expect(refused.code).toBe('registry-unsupported')
        expect(refused.hint).toContain('by digest')
        return expect([...(await one.tags())].sort()).toEqual(['a', 'b'])
      }
      expect(await one.deleteTag('a')).toBe(true)
      expect(await one.tags()).toEqual(['b'])
      expect(await one.deleteTag('b')).toBe(true)
      expect(await one.tags()).toEqual([])
      expect((await one.getManifest(digestOf(pushed.manifest)))?.bytes.equals(pushed.manifest)).toBe(true)
    })

    it('deletes a blob once', async () => {
      const one = await repository('blob-deleted')
      const content = blob(1000)
      await one.putBlob(content, opener(content))
      expect(await one.deleteBlob(content.digest)).toBe(true)
      expect(await one.hasBlob(content.digest)).toBeUndefined()
      expect(await one.deleteBlob(content.digest)).toBe(false)
    })

    it('attaches a document to an image, and attaching it again changes nothing', async () => {
      const target = await repository('documented')
      const one = image('oci', 'documented')
      await pushImage(target, one, 'tools')
      const subject = { mediaType: one.mediaType, digest: digestOf(one.manifest), size: one.manifest.length }
      const artifactType = 'application/vnd.cyclonedx+json'
      const bytes = Buffer.from('{"bomFormat":"CycloneDX"}')
      const document = { artifactType, bytes, title: 'tools.cdx.json' }
      const attached = await attachDocument(target, subject, document)
      const listed = await target.referrers(subject.digest, { artifactType })
      expect(listed).toMatchObject([
        { digest: attached, artifactType, annotations: { 'org.opencontainers.image.title': 'tools.cdx.json' } },
      ])
      const manifest = JSON.parse(String((await target.getManifest(attached))?.bytes))
      expect(manifest).toMatchObject({
        artifactType,
        subject,
        config: { mediaType: 'application/vnd.oci.empty.v1+json', size: 2 },
      })
      const [layer] = manifest.layers
      expect((await target.readBlobBytes(layer, { limit: 1000 })).equals(bytes)).toBe(true)
      const second = await attachDocument(target, subject, { ...document, bytes: Buffer.from('{"version":2}') })
      const [tags, before] = [await target.tags(), await target.referrers(subject.digest)]
      expect(before.map(({ digest }) => digest).sort()).toEqual([attached, second].sort())
      expect(await attachDocument(target, subject, document)).toBe(attached)
      // Not even their order: in a registry that keeps no list of its own it is a tag that would move.
      expect(await target.referrers(subject.digest)).toEqual(before)
      expect(await target.tags()).toEqual(tags)
    })

    it('lists the referrers of a manifest, by type, also two written at once, and forgets one that is deleted', async () => {
      const one = await repository('referred')
      const subject = image('oci', 'subject')
      await pushImage(one, subject, 'tag')
      const of = { mediaType: subject.mediaType, digest: digestOf(subject.manifest), size: subject.manifest.length }
      expect(await one.referrers(of.digest)).toEqual([])
      const written = await Promise.all(
        ['signature', 'sbom', 'sbom'].map(async (kind, i) => {
          const about = { ...JSON.parse(subject.manifest.toString('utf8')), subject: of }
          const bytes = Buffer.from(
            JSON.stringify({ ...about, artifactType: `application/${kind}`, annotations: { i: `${i}` } }),
          )
          return await one.putManifest(digestOf(bytes), bytes, mediaTypes.ociManifest)
        }),
      )
      const found = await one.referrers(of.digest)
      expect(found.map(({ digest }) => digest).sort()).toEqual([...written].sort())
      expect(found.find(({ digest }) => digest === written[0])).toMatchObject({
        mediaType: mediaTypes.ociManifest,
        artifactType: 'application/signature',
        annotations: { i: '0' },
      })
      expect(await one.referrers(of.digest, { artifactType: 'application/sbom' })).toHaveLength(2)
      const [first] = written
      if (first) await one.deleteManifest(first)
      expect(await one.referrers(of.digest)).toHaveLength(2)
    })

    it('opens content from an opener that takes its time, and says where a blob came from', async () => {
      const one = await repository('slow')
      const content = blob(1000)
      expect(await one.putBlob(content, async () => opener(content)())).toBe('uploaded')
      expect(await one.putBlob(content, opener(content), { mountFrom: one.reference })).toBe('present')
    })

    it('copies an image and an image index to every back end with their bytes, and what is there is not sent again', async () => {
      const from = await repository('copied-from')
      const children = ['one', 'two'].map((seed) => image('oci', seed))
      for (const child of children) await pushImage(from, child, digestOf(child.manifest))
      const manifests = children.map(({ mediaType, manifest }) => ({
        mediaType,
        digest: digestOf(manifest),
        size: manifest.length,
      }))
      const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }))
      await from.putManifest('multi', index, mediaTypes.ociIndex)
      const to = await repository('copied-to')
      const tree = await readImageTree(from, 'multi', (name) => from.getManifest(name))
      expect(await createCopier(from, to).image(tree, 'copy')).toBe(digestOf(index))
      for (const { manifest, config, layers } of children) {
        expect((await to.getManifest(digestOf(manifest)))?.bytes.equals(manifest)).toBe(true)
        for (const part of [config, ...layers]) {
          expect((await to.readBlobBytes(part, { limit: part.size })).equals(part.bytes)).toBe(true)
        }
      }
      expect(await to.tags()).toEqual(['copy'])
      const again = createCopier(from, to)
      await again.image(tree, 'again')
      expect(again.bytesSent()).toBe(0)
      const none = readImageTree(from, 'none', (name) => from.getManifest(name))
      expect((await failure(none)).code).toBe('registry-not-found')
    })

    it('stops when it is cancelled, and goes on from there afterwards', async () => {
      const one = await repository('cancelled')
      const content = blob(4_000_000)
      const abort = new AbortController()
      const onProgress = (sent: number) => sent > 1_000_000 && abort.abort()
      const stopped = await failure(one.putBlob(content, opener(content), { signal: abort.signal, onProgress }))
      expect(stopped.code).toBe('cancelled')
      expect((await failure(one.tags({ signal: abort.signal }))).code).toBe('cancelled')
      expect(await one.hasBlob(content.digest)).toBeUndefined()
      expect(await one.putBlob(content, opener(content))).toBe('uploaded')
    })

    it('copies a blob from one repository to another while reading it', async () => {
      const from = await repository('copy-from')
      const to = await repository('copy-to')
      const contents = Array.from({ length: 12 }, () => blob(200_000))
      for (const content of contents) await from.putBlob(content, opener(content))
      await Promise.all(
        contents.map(async (content) => {
          const stream = await from.readBlob(content)
          await to.putBlob(content, () => stream)
        }),
      )
      for (const content of contents) expect(await to.hasBlob(content.digest)).toEqual({ size: content.size })
    })
  })
}

describe('an OCI layout folder alone', () => {
  it('refuses to write into a folder that holds something else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strata-layout-'))
    try {
      const { writeFile } = await import('node:fs/promises')
      await writeFile(join(folder, 'thesis.tex'), 'x')
      const one = await openRepository(parseReference(`oci-layout://${folder}`))
      const content = blob(10)
      expect((await failure(one.putBlob(content, opener(content)))).code).toBe('layout-invalid')
      expect(await readdir(folder)).toEqual(['thesis.tex'])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('loses no tag when several writers share it, and leaves no temporary file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strata-layout-'))
    try {
      const writers = await Promise.all(
        Array.from({ length: 4 }, () => openRepository(parseReference(`oci-layout://${folder}`))),
      )
      await Promise.all(
        writers.flatMap((writer, w) =>
          Array.from({ length: 5 }, (_, i) => pushImage(writer, image('oci', `${w}-${i}`), `t-${w}-${i}`)),
        ),
      )
      expect(await writers[0]?.tags()).toHaveLength(20)
      expect((await readdir(folder)).sort()).toEqual(['blobs', 'index.json', 'oci-layout'])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe('an OCI layout folder alone, deleting', () => {
  it('keeps what a manifest or an image index still needs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strata-layout-'))
    try {
      const one = await openRepository(parseReference(`oci-layout://${folder}`))
      const child = image('oci', 'child')
      const digest = digestOf(child.manifest)
      await pushImage(one, child, 'alone')
      const descriptor = { mediaType: child.mediaType, digest, size: child.manifest.length }
      const index = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [descriptor] }),
      )
      await one.putManifest('multi', index, mediaTypes.ociIndex)
      const [layer] = child.layers
      const refused = layer && (await failure(one.deleteBlob(layer.digest)))
      expect(refused?.code).toBe('blob-in-use')
      expect(await one.deleteManifest(digest)).toBe(true)
      expect(await one.tags()).toEqual(['multi'])
      expect(await one.getManifest(digest)).toBeDefined()
      expect(await one.deleteManifest(digestOf(index))).toBe(true)
      expect(layer && (await one.deleteBlob(layer.digest))).toBe(true)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe('a registry that does not allow deletes', () => {
  it('is told so, with how to allow them', async () => {
    const registry = await startFaultRegistry({ refuseDeletes: true })
    const one = await openRepository(parseReference(`oci+http://${registry.host}/kept`))
    try {
      const pushed = image()
      await pushImage(one, pushed, 'tag')
      for (const act of [
        () => one.deleteManifest(digestOf(pushed.manifest)),
        () => one.deleteBlob(pushed.config.digest),
      ]) {
        const refused = await failure(act())
        expect(refused.code).toBe('registry-unsupported')
        expect(refused.hint).toContain('storage.delete.enabled')
      }
      expect(await one.tags()).toEqual(['tag'])
    } finally {
      await one.close()
      await registry.close()
    }
  })
})

describe('mounting', () => {
  it.each([false, true])(
    'makes a blob appear without its bytes, or says that it could not (refused: %s)',
    async (refuseMounts) => {
      const registry = await startFaultRegistry({ refuseMounts })
      const source = parseReference(`oci+http://${registry.host}/from`)
      const from = await openRepository(source)
      const to = await openRepository(parseReference(`oci+http://${registry.host}/to`))
      try {
        const content = blob(1000)
        await from.putBlob(content, opener(content))
        expect(await to.hasBlob(content.digest)).toBeUndefined()
        expect(await to.mountBlob(content.digest, source)).toBe(!refuseMounts)
        expect((await to.hasBlob(content.digest)) !== undefined).toBe(!refuseMounts)
        // A session that a refused mount opened is ended.
        expect(registry.log.filter(({ method }) => method === 'DELETE')).toHaveLength(refuseMounts ? 1 : 0)
      } finally {
        await from.close()
        await to.close()
        await registry.close()
      }
    },
  )
})
