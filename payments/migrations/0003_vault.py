from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("payments", "0002_guards"),
    ]

    operations = [
        migrations.DeleteModel(
            name='PayeeKey',
        ),
        migrations.RemoveField(
            model_name='bankfile',
            name='kek_id',
        ),
        migrations.RemoveField(
            model_name='bankfile',
            name='key_blob',
        ),
    ]
