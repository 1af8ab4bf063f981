namespace Keelson.Archive;

/// <summary>Dialects of tar that can be written. All are read.</summary>
public enum TarFormat
{
    /// <summary>POSIX 2001: ustar, and extended headers where that does not suffice. The only one with extended attributes and parts of seconds.</summary>
    Pax,
    /// <summary>POSIX 1988: names to 255 bytes, files below 8 GiB.</summary>
    Ustar,
    /// <summary>GNU tar: long names as entries of their own, large numbers in base 256.</summary>
    Gnu,
    /// <summary>Unix version 7: names to 99 bytes; files, directories and links alone.</summary>
    V7,
}
