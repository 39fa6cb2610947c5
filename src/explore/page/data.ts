import type { PageData } from "../pageData";

/** Reads the document's data. */
export function pageData(): PageData {
  return JSON.parse(document.getElementById("explorer-data")?.textContent ?? "") as PageData;
}
