import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { writeRleBitPackedHybrid } from "hyparquet-writer/src/encoding.js";

import type { Dictionary, ParquetColumn } from "./parquet-column.ts";

type ColumnChunk = ParquetWriter["row_groups"][number]["columns"][number];
type SchemaElement = ParquetWriter["schema"][number];

/** Who made the files. */
export const CREATED_BY = "slipway";

/**
 * A Parquet file of one row group, in which each column is one page, neither compressed nor with statistics: hyparquet-writer's schema
 * and footer around pages that are copied from memory. Its own pages take an object a value and some ten times as long.
 *
 * @param about what the file's metadata say.
 */
export function parquetFile(
  columns: readonly ParquetColumn[],
  rows: number,
  about: readonly { key: string; value: string }[],
): Uint8Array {
  const writer = new ByteWriter(columns.reduce((sum, column) => sum + room(column, rows), 4_096));
  const schema = schemaFromColumnData({
    columnData: columns.map(({ name, type, present }) => {
      return { name, type, nullable: present !== undefined, data: [] };
    }),
  });
  const file = new ParquetWriter({
    ...{ writer, schema, codec: "UNCOMPRESSED", createdBy: CREATED_BY, kvMetadata: [...about] },
  });
  const chunks = columns.map((column, at) => writeColumn(writer, column, schema[at + 1], rows));
  const sizes = chunks.map(({ meta_data }) => meta_data?.total_compressed_size ?? 0n);
  const total_byte_size = sizes.reduce((sum, size) => sum + size, 0n);
  file.row_groups.push({ columns: chunks, total_byte_size, num_rows: BigInt(rows) });
  file.num_rows = BigInt(rows);
  void file.finish();
  return writer.getBytes();
}

function writeColumn(
  writer: ByteWriter,
  { name, plain, dictionary, present }: ParquetColumn,
  element: SchemaElement | undefined,
  rows: number,
): ColumnChunk {
  const start = writer.offset;
  if (dictionary) writeDictionary(writer, dictionary);
  const page = writer.offset;
  const levels = present && hybrid(present, 1);
  const values = dictionary ? placesOf(dictionary) : (plain ?? new Uint8Array());
  const size = values.length + (levels?.length ?? 0);
  const missing = present?.reduce((sum, one) => sum - one, rows) ?? 0;
  const encoding = dictionary ? "RLE_DICTIONARY" : "PLAIN";
  writePageHeader(writer, {
    ...{ type: "DATA_PAGE_V2", uncompressed_page_size: size, compressed_page_size: size },
    data_page_header_v2: {
      ...{ num_values: rows, num_nulls: missing, num_rows: rows, encoding, is_compressed: false },
      ...{ definition_levels_byte_length: levels?.length ?? 0, repetition_levels_byte_length: 0 },
    },
  });
  if (levels) writer.appendBytes(levels);
  writer.appendBytes(values);
  const bytes = BigInt(writer.offset - start);
  return {
    file_offset: BigInt(start),
    meta_data: {
      ...{ type: element?.type ?? "BYTE_ARRAY", path_in_schema: [name], num_values: BigInt(rows) },
      ...{ codec: "UNCOMPRESSED", encodings: [...new Set(["PLAIN", encoding] as const)] },
      ...{ total_uncompressed_size: bytes, total_compressed_size: bytes },
      data_page_offset: BigInt(page),
      ...(dictionary && { dictionary_page_offset: BigInt(start) }),
    },
  };
}

function writeDictionary(writer: ByteWriter, { size, plain }: Dictionary): void {
  const { length } = plain;
  writePageHeader(writer, {
    ...{ type: "DICTIONARY_PAGE", uncompressed_page_size: length, compressed_page_size: length },
    dictionary_page_header: { num_values: size, encoding: "PLAIN" },
  });
  writer.appendBytes(plain);
}

/** The number of bits of each, then all of them. */
function placesOf({ size, places }: Dictionary): Uint8Array {
  const width = Math.max(1, 32 - Math.clz32(size - 1));
  return Buffer.concat([Uint8Array.of(width), hybrid(places, width)]);
}

/** Parquet's RLE/bit-packing hybrid. */
function hybrid(values: Uint8Array | Dictionary["places"], width: number): Uint8Array {
  const writer = new ByteWriter();
  writeRleBitPackedHybrid(writer, values, width);
  return writer.getBytes();
}

/** At least what a column takes, as a writer that has to grow copies all that it has. */
function room({ plain, dictionary }: ParquetColumn, rows: number): number {
  return 512 + rows / 8 + (dictionary ? dictionary.plain.length + 4 * rows : (plain?.length ?? 0));
}
