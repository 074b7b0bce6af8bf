import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AppError, errorMessage } from '../errors.js';

/**
 * The certificates in a configured `ca_file`.
 * @throws AppError `config_invalid` when it cannot be read or holds no certificate
 */
export function readCaFile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
    new X509Certificate(text);
  } catch (error) {
    throw new AppError(
      'config_invalid',
      `\`ca_file\`: ${path} cannot be read as certificates (${errorMessage(error)}); expected PEM, beginning with -----BEGIN CERTIFICATE-----`,
      { cause: error },
    );
  }
  return text;
}
