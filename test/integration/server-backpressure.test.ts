import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { serve } from '../../app/server/serve.ts'
import type { EventEnvelope } from '../../main/api/contract.ts'
import { Job } from '../../main/api/models.ts'
import { someJob, tinyEngine } from '../unit/app/tiny-engine.ts'

const megabyte = 1024 * 1024

async function connectTo(url: string): Promise<WebSocket> {
  const answer = await fetch(url, { redirect: 'manual' })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const { host, origin } = new URL(url)
  const socket = new WebSocket(`ws://${host}/ws`, { headers: { cookie, origin } })
  await new Promise((resolve) => socket.once('open', resolve))
  return socket
}

it('holds the newest state of each job for a client that does not read, and nothing more', async () => {
  const engine = tinyEngine()
  const server = await serve(engine, { rendererFolder: tmpdir() })
  const socket = await connectTo(server.url)
  const seen: Job[] = []
  socket.on('message', (data) => seen.push(Job.parse((JSON.parse(String(data)) as EventEnvelope).payload)))

  socket.pause()
  const updates = 100
  for (let update = 1; update <= updates; update++) {
    engine.emit('job.changed', { ...someJob('a', 'x'.repeat(megabyte)), startedAt: update })
    engine.emit('job.changed', { ...someJob('b'), startedAt: update })
    await new Promise((resolve) => setImmediate(resolve))
  }
  socket.resume()

  await expect
    .poll(() =>
      seen
        .filter((job) => job.startedAt === updates)
        .map((job) => job.id)
        .sort(),
    )
    .toEqual(['a', 'b'])
  // What the two sockets' own buffers took is there; what was superseded while they were full is not.
  expect(seen.filter((job) => job.id === 'a').length).toBeLessThan(updates / 2)
  const order = seen.filter((job) => job.id === 'a').map((job) => job.startedAt)
  expect(order).toEqual([...order].sort((a, b) => a - b))
  await server.close()
})

it('does not read further requests of a client that leaves its answers unread', async () => {
  const engine = tinyEngine(() => 'x'.repeat(megabyte))
  const server = await serve(engine, { rendererFolder: tmpdir() })
  const socket = await connectTo(server.url)
  socket.pause()
  const requests = 2000
  const padding = 'y'.repeat(64 * 1024)
  for (let id = 1; id <= requests; id++) {
    socket.send(JSON.stringify({ id, method: 'workspace.forget', input: { path: padding } }))
  }
  await expect.poll(() => engine.calls.length).toBeGreaterThan(0)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(engine.calls.length).toBeLessThan(requests / 4)
  socket.terminate()
  await server.close()
})
