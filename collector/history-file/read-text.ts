import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { AppError, errorMessage } from '../../core/errors.js';

/** Parsing one piece (2.5 ms) delays the conversation with the server, so pieces are small. */
const CHUNK_BYTES = 64 << 10;
const ACCEPTED = 'Give a CSV or newline-delimited JSON file in UTF-8, plain or compressed with gzip.';

/** A file whose text is about to be read. */
export interface TextFile {
  /** Size on disk in bytes. */
  readonly size: number;
  /** Bytes of it that have been read. */
  readonly bytesRead: () => number;
  /** The text in pieces, without a byte order mark. Bytes that are not UTF-8 come as U+FFFD. */
  readonly text: AsyncIterable<string>;
}

/**
 * Opens a text file; gzip is recognised by its content.
 *
 * @throws AppError `input_invalid` when it is missing, not readable, not a file, empty, or encoded in UTF-16; while the text
 * is read, also when it is a truncated or damaged gzip.
 */
export async function openText(path: string, signal: AbortSignal): Promise<TextFile> {
  const { size, head } = await inspect(path);
  if (size === 0) throw invalid(path, 'is empty; a header row is required');
  checkEncoding(path, head);
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const progress = { bytesRead: 0 };
  return { size, bytesRead: () => progress.bytesRead, text: decode(path, isGzip, signal, progress) };
}

async function inspect(path: string): Promise<{ size: number; head: Buffer }> {
  try {
    const handle = await open(path, 'r');
    try {
      const stat = await handle.stat();
      if (!stat.isFile())
        throw invalid(path, stat.isDirectory() ? 'is a directory' : 'is not a regular file');
      const head = Buffer.alloc(4);
      await handle.read(head, 0, 4, 0);
      return { size: stat.size, head };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw invalid(path, isMissing ? 'does not exist' : `cannot be read: ${errorMessage(error)}`, error);
  }
}

async function* decode(
  path: string,
  isGzip: boolean,
  signal: AbortSignal,
  progress: { bytesRead: number },
): AsyncGenerator<string, void, undefined> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES, signal });
  // An error of the file ends the decompression with it, and is reported there.
  const bytes: Readable = isGzip
    ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined)
    : file;
  const decoder = new StringDecoder('utf8');
  let isFirst = true;
  try {
    for await (const chunk of bytes) {
      progress.bytesRead = file.bytesRead;
      const text = decoder.write(chunk as Buffer);
      if (text === '') continue;
      yield isFirst ? withoutMark(path, text) : text;
      isFirst = false;
    }
    const rest = decoder.end();
    if (rest !== '') yield rest;
    if (isFirst) throw invalid(path, 'is empty; a header row is required');
  } catch (error) {
    throw signal.aborted ? error : readError(path, error);
  } finally {
    bytes.destroy();
  }
}

function withoutMark(path: string, text: string): string {
  checkEncoding(path, Buffer.from(text.slice(0, 4), 'latin1'));
  const [firstLine = ''] = text.split('\n', 1);
  if (firstLine.includes('\0'))
    throw invalid(path, 'is not a text file: its first line holds NUL characters');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function checkEncoding(path: string, head: Buffer): void {
  const isUtf16 =
    (head[0] === 0xff && head[1] === 0xfe) ||
    (head[0] === 0xfe && head[1] === 0xff) ||
    (head[0] !== 0 && head[1] === 0 && head[2] !== 0 && head[3] === 0) ||
    (head[0] === 0 && head[1] !== 0 && head[2] === 0 && head[3] !== 0);
  if (isUtf16) throw invalid(path, 'is encoded in UTF-16; UTF-8 is accepted');
}

function readError(path: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return invalid(path, 'is a truncated gzip file: it ends too early', error);
  if (code?.startsWith('Z_') === true)
    return invalid(path, `is a damaged gzip file: ${errorMessage(error)}`, error);
  if (code !== undefined && 'syscall' in (error as object)) {
    return invalid(path, `cannot be read: ${errorMessage(error)}`, error);
  }
  return error;
}

function invalid(path: string, problem: string, cause?: unknown): AppError {
  return new AppError('input_invalid', `${path} ${problem}`, { fix: ACCEPTED, cause });
}
