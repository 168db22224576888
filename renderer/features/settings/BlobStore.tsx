import { Button, NumberInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconTrash } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { formatBytes, plural } from '../../../main/api/format.ts'
import type { Settings } from '../../../main/api/models.ts'
import { errorBody } from '../../client.ts'
import { keys, useCacheInfo, useClient, useWriteSettings } from '../../engine.ts'
import { Bytes } from '../../ui/Bytes.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Path } from '../../ui/Path.tsx'
import css from './settings.module.css'

const gib = 1024 ** 3

/** How big the blob store is, how big it may grow, and emptying it. */
export function BlobStore({ settings }: { readonly settings: Settings }) {
  const client = useClient()
  const queries = useQueryClient()
  const info = useCacheInfo()
  const clear = useMutation({
    mutationFn: () => client.call('cache.clear', {}),
    onSuccess: (next) => queries.setQueryData(keys.cache, next),
    onError: (error) =>
      notifications.show({
        color: 'red',
        title: 'The blob store could not be emptied',
        message: errorBody(error).message,
      }),
  })
  if (info.error) return <ErrorPanel error={errorBody(info.error)} />
  if (!info.data) return <p className={css.dim}>Measuring the blob store</p>
  const { folder, blobs, layers, bytes, limitBytes } = info.data
  const part = limitBytes > 0 ? Math.min(1, bytes / limitBytes) : 0
  return (
    <>
      <div className={css.meter} role="img" aria-label={`${formatBytes(bytes)} of ${formatBytes(limitBytes)} used`}>
        <i style={{ transform: `scaleX(${part})` }} />
      </div>
      <p>
        <Bytes value={bytes} /> of <Bytes value={limitBytes} />, {plural(layers, 'layer')} in {plural(blobs, 'blob')}
      </p>
      <p className={css.dim}>
        <Path value={folder} limit={70} />
      </p>
      <div className={css.row}>
        <LimitInput key={settings.cacheLimitBytes} limit={settings.cacheLimitBytes} />
        <Button
          variant="default"
          leftSection={<IconTrash size={15} />}
          disabled={blobs === 0}
          loading={clear.isPending}
          onClick={() => clear.mutate()}
        >
          {blobs === 0 ? 'Nothing to clear' : `Clear ${formatBytes(bytes)}`}
        </Button>
      </div>
      <p className={css.dim}>What is cleared is packed again when it is needed. Nothing in a registry changes.</p>
    </>
  )
}

/** The limit in GiB; written when the field is left or Enter is pressed, not at every digit. */
function LimitInput({ limit }: { limit: number }) {
  const write = useWriteSettings()
  const queries = useQueryClient()
  const [value, setValue] = useState<number | string>(Math.round((limit / gib) * 10) / 10)
  async function save(): Promise<void> {
    if (typeof value !== 'number' || Math.round(value * gib) === limit) return
    await write({ cacheLimitBytes: Math.round(value * gib) })
    await queries.invalidateQueries({ queryKey: keys.cache })
  }
  return (
    <NumberInput
      label="Limit, in GiB"
      description="The least recently used layers go first"
      min={0}
      max={100_000}
      value={value}
      onChange={setValue}
      onBlur={() => void save()}
      onKeyDown={(event) => event.key === 'Enter' && void save()}
      w={220}
    />
  )
}
