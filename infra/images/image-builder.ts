/** What builds images: Docker where its daemon answers, buildah elsewhere. */
export interface ImageBuilder {
  /** Identifies what the images stand on; a change of it rebuilds them all. */
  readonly baseKey: string;
  /**
   * Builds one image from a Dockerfile and its context folder, and writes it as a docker-archive that carries
   * its reference. Leaves nothing but the base behind in the builder's own storage.
   *
   * @throws AutopilotError AP_COMMAND_FAILED with the builder's last lines.
   */
  build(request: ImageRequest): Promise<void>;
}

export interface ImageRequest {
  readonly dockerfile: string;
  readonly contextDirectory: string;
  readonly reference: string;
  readonly archivePath: string;
  readonly note: (text: string) => void;
}
