import { Button, Textarea } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import type { CompositionPreview } from '../../../main/api/compose.ts'
import { Command } from '../../ui/Command.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import page from '../planning/page.module.css'
import css from './tabs.module.css'

const fileName = 'strata.yaml'
const longest = 20

/** The composition as a file, which the command line makes the same image of. */
export function FileTab({ preview }: { readonly preview: CompositionPreview }) {
  return (
    <>
      <section className={css.section}>
        <div className={css.fileHead}>
          <h3>{fileName}</h3>
          <CopyButton value={preview.file} what={fileName} />
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<IconDownload size={14} />}
            onClick={() => download(preview.file)}
          >
            Download
          </Button>
        </div>
        <Textarea
          aria-label={fileName}
          value={preview.file}
          readOnly
          rows={Math.min(longest, preview.file.split('\n').length)}
          classNames={{ input: page.monoInput }}
        />
        <p className={page.note}>“Open…” reads it back. It holds no passwords and no tokens.</p>
      </section>
      <section className={css.section}>
        <h3>From the command line</h3>
        <Command value={`strata compose -f ${fileName}`} />
        <Command value={preview.command} />
      </section>
    </>
  )
}

function download(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }))
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
  URL.revokeObjectURL(address)
}
