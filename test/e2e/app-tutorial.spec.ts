import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { forgetImages, missingContainers, runInPodman } from '../support/containers.ts'
import { databaseOf } from '../support/install/installer.ts'
import { watchPage } from '../support/page-watch.ts'
import { startApp } from '../support/real-app.ts'
import { imageIn, installedIn, printed, pulled, tagsIn } from '../support/tutorial/effects.ts'
import { missingForTutorial, openStage, type Stage } from '../support/tutorial/stage.ts'
import { type Step, steps } from '../support/tutorial/steps.ts'

const missing = await missingForTutorial()

const test = base.extend<{ readonly stage: Stage }>({
  stage: async ({ page }, use) => {
    const { complaints } = watchPage(page)
    const stage = await openStage()
    const app = await startApp(stage.env)
    await page.goto(app.url)
    await use(stage)
    await app.end()
    await stage.close()
    expect(complaints).toEqual([])
  },
})

// Spack's tutorial on binary caches, by clicks and keys alone; what each step did is looked for in files, in the registry,
// and in what the programs print.
test.describe('the tutorial on binary caches', () => {
  test.skip(missing !== undefined, missing)
  test.setTimeout(300_000)
  test.use({ contextOptions: { reducedMotion: 'reduce' } })

  test('is done from the window, from an empty folder to a CI file', async ({ page, stage }) => {
    const noContainers = await missingContainers(pulled(stage.base))
    if (noContainers) test.info().annotations.push({ type: 'not run', description: noContainers })
    const play = async (step: Step): Promise<void> => {
      await step(page, stage, async () => undefined)
      expect(await seriousFindings(page)).toEqual([])
    }
    const manifest = () => readFileSync(join(stage.project, 'spack.yaml'), 'utf8')

    await test.step('an environment with a package', async () => {
      await play(steps.createEnvironment)
      expect(manifest()).toContain('  specs:\n  - less\n  view: true\n')
    })

    await test.step('Spack builds it', async () => {
      await play(steps.build)
      expect(existsSync(join(stage.project, 'spack.lock'))).toBe(true)
      expect(Object.keys(installedIn(stage.store))).toEqual(['gmake', 'less', 'ncurses'])
      expect(await printed(stage.store, 'less', '--version')).toContain('less 590')
    })

    await test.step('a mirror', async () => {
      await play(steps.addMirror)
      expect(manifest()).toContain(`  mirrors:\n    my-registry:\n      url: ${stage.cache}\n      signed: false\n`)
    })

    await test.step('the packages are pushed', async () => {
      await play(steps.push)
      expect(await tagsIn(stage)).toEqual(['gmake-4.3', 'index.spack', 'less-590', 'ncurses-6.4'])
    })

    await test.step('they run on a base image', async () => {
      await play(steps.pushOnBase)
      const tag = `less-590-${databaseOf(stage.store).less?.hash}.spack`
      expect(await imageIn(stage, tag)).toMatchObject({ layers: 3, path: expect.stringContaining('/less-590-') })
      if (noContainers) return
      expect(await runInPodman(pulled(`${stage.cache}:${tag}`), 'less', '--version')).toContain('less 590')
      await forgetImages(pulled(`${stage.cache}:${tag}`))
    })

    await test.step('another Spack installs from the cache', async () => {
      await play(steps.installElsewhere)
      expect(Object.keys(installedIn(stage.elsewhereStore))).toEqual(['less', 'ncurses'])
      expect(await printed(stage.elsewhereStore, 'less', '--version')).toContain('less 590')
    })

    await test.step('a second package', async () => {
      await play(steps.addSecond)
      expect(manifest()).toContain('  - less\n  - figlet\n')
      expect(await printed(stage.store, 'figlet', 'hi')).toContain("| '_ \\")
      expect(await tagsIn(stage)).toContain('figlet-2.2.5')
    })

    await test.step('both are one image', async () => {
      await play(steps.composeBoth)
      // The last layer comes first; which that is differs between the orders of Spack 0.2x and 1.x.
      const path = expect.stringMatching(/figlet-.*less-|less-.*figlet-/)
      expect(await imageIn(stage, 'tools')).toMatchObject({ layers: 4, path })
      if (noContainers) return
      const image = pulled(`${stage.cache}:tools`)
      expect(await runInPodman(image, 'less', '--version')).toContain('less 590')
      expect(await runInPodman(image, 'figlet', 'hi')).toContain("| '_ \\")
      await forgetImages(image, pulled(stage.base))
    })

    await test.step('with padding the packages fit into a longer path', async () => {
      await play(steps.setPadding)
      expect(manifest()).toContain('    install_tree:\n      padded_length: 128\n')
      await play(steps.rebuild)
      await play(steps.installFarAway)
      expect(await printed(stage.farAway, 'less', '--version')).toContain('less 590')
    })

    await test.step('a CI file', async () => {
      await play(steps.writeCi)
      const workflow = readFileSync(join(stage.project, '.github/workflows/spack-tools.yml'), 'utf8')
      expect(workflow).toContain(`CACHE: ${stage.cache}`)
      expect(workflow).toContain('IMAGE_TAG: tools')
      expect(workflow).toContain(`BASE_IMAGE: ${stage.base}`)
    })
  })
})
