using Keelson.Content;
using Keelson.Protobuf;

namespace Keelson.Engine.Images;

/// <summary>Events of images, which enter the log with the change: <c>containerd.services.images.v1.Image…</c>.</summary>
internal static class ImageEvents
{
    private const string Package = "containerd.services.images.v1.";

    /// <summary>A name was made.</summary>
    public static EventDraft Create(string space, ImageRecord image) => new(space, "/images/create", Package + "ImageCreate", Message(image));

    /// <summary>A name stands for something else.</summary>
    public static EventDraft Update(string space, ImageRecord image) => new(space, "/images/update", Package + "ImageUpdate", Message(image));

    /// <summary>A name is gone.</summary>
    public static EventDraft Delete(string space, string name)
    {
        ProtobufWriter message = new();
        message.TextIfSet(1, name);
        return new(space, "/images/delete", Package + "ImageDelete", message.ToArray());
    }

    private static byte[] Message(ImageRecord image)
    {
        ProtobufWriter message = new();
        message.TextIfSet(1, image.Name);
        foreach ((string key, string value) in image.Labels)
        {
            ProtobufWriter label = new();
            label.TextIfSet(1, key);
            label.TextIfSet(2, value);
            message.Message(2, label);
        }
        return message.ToArray();
    }
}
