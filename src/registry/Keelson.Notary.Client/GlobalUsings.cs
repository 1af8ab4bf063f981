global using Keelson.Tuf;
