namespace Keelson.Engine.Images;

/// <summary>What is done to an object of an image.</summary>
public enum ImageStep
{
    /// <summary>Its name is being resolved.</summary>
    Resolving,
    /// <summary>It waits for its turn.</summary>
    Waiting,
    /// <summary>It comes.</summary>
    Downloading,
    /// <summary>It goes.</summary>
    Uploading,
    /// <summary>It is being unpacked.</summary>
    Unpacking,
    /// <summary>It was there already.</summary>
    Exists,
    /// <summary>All is done.</summary>
    Done,
}
