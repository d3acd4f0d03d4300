import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { PerennialError } from '@perennial/contracts'

/** How far a file has been read, in bytes as they lie on disk (packed, where the file is packed). */
export interface ReadProgress {
  readBytes: number
  totalBytes: number
}

/**
 * The bytes of a file, unpacked when they are gzip whatever the file is called.
 *
 * Throws `file-not-readable` when there is no such file or it may not be read, and `file-invalid` when the packing
 * is damaged or cut short.
 */
export async function* readBytes(file: string, onProgress?: (progress: ReadProgress) => void): AsyncGenerator<Buffer> {
  const handle = await open(file).catch((cause) => notReadable(file, cause))
  try {
    const { packed, totalBytes } = await inspect(handle).catch((cause) => notReadable(file, cause))
    const raw = handle.createReadStream({ start: 0, autoClose: false })
    const bytes: Readable = packed ? raw.pipe(createGunzip()) : raw
    // `pipe` does not hand on errors; without this a failing disk would be waited for endlessly.
    if (packed) raw.on('error', (error) => bytes.destroy(error))
    try {
      for await (const chunk of bytes) {
        yield chunk
        onProgress?.({ readBytes: raw.bytesRead, totalBytes })
      }
    } catch (cause) {
      const { code = '', message } = cause as NodeJS.ErrnoException
      if (!code.startsWith('Z_')) throw cause instanceof PerennialError ? cause : notReadable(file, cause)
      throw new PerennialError('file-invalid', { where: file, message: `Expected a whole gzip file: ${message}.`, cause })
    } finally {
      bytes.destroy()
      raw.destroy()
    }
  } finally {
    await handle.close()
  }
}

async function inspect(handle: FileHandle): Promise<{ packed: boolean; totalBytes: number }> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
  const { size } = await handle.stat()
  return { packed: bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b, totalBytes: size }
}

function notReadable(file: string, cause: unknown): never {
  throw new PerennialError('file-not-readable', { where: file, message: `${(cause as Error).message}.`, cause })
}
