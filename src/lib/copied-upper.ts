/** The xattr of an upper directory that holds all files of a container, those of the image as copies: where no overlay file system works. */
export const copiedUpperXattr = "user.kasane.copied";
