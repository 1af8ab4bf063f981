namespace Keelson.Distribution;

/// <summary>What happens to one object of an image.</summary>
public enum TransferState
{
    /// <summary>A name is being resolved; there is no digest yet.</summary>
    Resolving,
    /// <summary>Bytes are moving.</summary>
    Moving,
    /// <summary>The object was there already.</summary>
    Exists,
    /// <summary>The object is there now and its digest is right.</summary>
    Done,
}
