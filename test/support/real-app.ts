import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from '@playwright/test'
import { watchPage } from './page-watch.ts'

export interface RealApp {
  /** The address to open; its token works once. */
  readonly url: string
  /** The folder of settings, blob store and journal (`STRATA_HOME`). */
  readonly home: string
  /** Ends the app as Ctrl-C does and starts it again over the same folders, at another address. */
  restart(): Promise<void>
}

/** Playwright's test with the app as it ships, `strata serve`, for somebody who has neither a Spack nor settings. */
export const test = base.extend<{ readonly app: RealApp }>({
  app: async ({ page }, use) => {
    const ended: string[] = []
    const watched = watchPage(page, (url) => ended.some((origin) => url.startsWith(origin)))
    const folder = await mkdtemp(join(tmpdir(), 'strata-e2e-'))
    const home = join(folder, 'strata')
    await mkdir(join(folder, 'home'))
    const env = { PATH: '/usr/bin:/bin', HOME: join(folder, 'home'), STRATA_HOME: home }
    let running = await startApp(env)
    // What the page still asks for then, a font say, it asks of nobody.
    const end = (): Promise<void> => {
      ended.push(new URL(running.url).origin)
      return running.end()
    }
    await use({
      get url() {
        return running.url
      },
      home,
      restart: async () => {
        await end()
        running = await startApp(env)
      },
    })
    await end()
    await rm(folder, { recursive: true, force: true })
    if (watched.complaints.length > 0) throw new Error(`the page complained:\n${watched.complaints.join('\n')}`)
  },
})

export interface RunningApp {
  readonly url: string
  end(): Promise<void>
}

/** The command line that build-once.ts built for this run; a `dist` that happens to lie in the checkout is not it. */
export function builtForThisRun(): string {
  const dist = process.env.STRATA_TEST_DIST
  if (dist === undefined) throw new Error('STRATA_TEST_DIST is not set: build-once.ts has not run')
  return join(dist, 'strata.js')
}

/** Starts `strata serve` in this environment, and nothing of this process's. */
export async function startApp(env: Readonly<Record<string, string>>): Promise<RunningApp> {
  const child = spawn(process.execPath, [builtForThisRun(), 'serve'], { env: { ...env } })
  let said = ''
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (text: string): void => {
      said += text
      const [found] = /http:\S+/.exec(said) ?? []
      if (found !== undefined && said.endsWith('\n')) resolve(found)
    }
    child.stdout.setEncoding('utf8').on('data', listen)
    child.stderr.setEncoding('utf8').on('data', listen)
    child.on('error', reject)
    void ended.then(() => reject(new Error(`strata serve ended: ${said}`)))
  })
  return {
    url,
    end: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
