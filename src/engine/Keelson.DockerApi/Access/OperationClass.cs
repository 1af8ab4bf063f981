namespace Keelson.DockerApi.Access;

/// <summary>What an operation does, as far as the rights of a socket are concerned.</summary>
internal enum OperationClass
{
    /// <summary>Says what things are, and hands no content of theirs out.</summary>
    Read,
    /// <summary>Hands content out: files, output, layers.</summary>
    Content,
    /// <summary>Changes containers, and nothing but containers.</summary>
    Containers,
    /// <summary>Changes the rest of the engine, or has the engine speak to another machine.</summary>
    Engine,
}
